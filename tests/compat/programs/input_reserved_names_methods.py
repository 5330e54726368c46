from prefect import flow, task


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def keyword_only(*, wait_for=None):
    return wait_for


def both(return_state, wait_for):
    return None


class Holder:
    def method(self, return_state):
        return return_state


print(attempt(lambda: task(keyword_only)))
print(attempt(lambda: task(both)))
print(attempt(lambda: task(Holder().method)))
print(attempt(lambda: task(lambda wait_for: 1)))
print(attempt(lambda: flow(lambda return_state: 1)))
print(attempt(lambda: task(lambda **return_state: 1)))
