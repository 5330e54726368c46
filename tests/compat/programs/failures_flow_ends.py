from prefect import flow, task


@task
def fail(x):
    raise ValueError(f"bad {x}")


@task
def fine(x):
    return x


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def raises_first():
    futures = fail.map([1])
    return futures.result()


@flow
def ignores():
    fail.submit(1)
    return fine.submit(2).result()


@flow
def last_is_failed():
    fine.submit(1)
    return fail.submit(2)


@flow
def catches():
    try:
        fail(1)
    except ValueError as error:
        return f"caught {error}"


@flow
def returns_state():
    return fail(3, return_state=True)


for body in (raises_first, ignores, last_is_failed, catches, returns_state):
    print(body.name, attempt(body))
    print(body(return_state=True))
