from prefect import flow, task


@task
def process_data(item):
    if item < 0:
        raise ValueError(f"Cannot process negative value: {item}")
    return item


@flow
def returns_futures():
    return process_data.map([1, -2])


@flow
def returns_one():
    return process_data.submit(3)


@flow
def returns_nothing():
    process_data.map([1, -2])


@flow
def returns_states():
    return process_data.map([1, -1], return_state=True)


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

print(str(attempt(returns_futures))[:20])
print(returns_futures(return_state=True))
print(attempt(returns_one), returns_one(return_state=True))
print(attempt(returns_nothing), returns_nothing(return_state=True))
print(str(attempt(returns_states))[:20], returns_states(return_state=True))
