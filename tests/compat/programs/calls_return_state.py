from prefect import flow, task


@task
def divide(x, y):
    return x / y


@flow
def main():
    good = divide(6, 3, return_state=True)
    bad = divide(6, 0, return_state=True)
    print(good, good.type.value, good.name, good.message, good.result())
    print(bad, bad.type.value, bad.name, bad.message)
    print(repr(bad.result(raise_on_failure=False)))
    try:
        bad.result()
    except ZeroDivisionError as error:
        print("raised", error)
    submitted = divide.submit(1, 2, return_state=True)
    print(type(submitted).__name__, submitted, submitted.result())
    failed = divide.submit(1, 0, return_state=True)
    print(failed, failed.is_failed())
    mapped = divide.map([2, 4], 2, return_state=True)
    print(type(mapped).__name__, [str(state) for state in mapped], [state.result() for state in mapped])
    return 7


state = main(return_state=True)
print(state, state.result())
