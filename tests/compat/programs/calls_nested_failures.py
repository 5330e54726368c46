from prefect import flow, task


@task
def fail(x):
    raise KeyError(x)


@task
def direct(x):
    return fail(x)


@task
def catches(x):
    try:
        fail(x)
    except KeyError as error:
        return f"caught {error}"


@task
def submits(x):
    return fail.submit(x).result()


@task
def asks(x):
    return str(fail.submit(x, return_state=True).type)


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    print(attempt(lambda: direct("a")))
    print(attempt(lambda: catches("b")), catches.submit("c").result())
    print(attempt(lambda: submits.submit("d").result()))
    print(asks("e"), asks.submit("f").result())
    print(direct.submit("g", return_state=True))


main()
