from prefect import allow_failure, flow, task


@task
def fail(x):
    raise ValueError(x)


@task
def inc(x):
    return x + 1


@task
def look(x, y=None):
    return type(x).__name__, str(x), y


@flow
def main():
    broken = fail.submit("reason")
    print(look(allow_failure(broken)))
    print(look.submit(allow_failure(broken), y=2).result())
    print(look.submit(allow_failure(inc.submit(1))).result())
    print(look.submit(allow_failure(5)).result())
    print(look(allow_failure([broken, 1]))[0])
    cascade = inc.submit(broken)
    print(look.submit(allow_failure(cascade)).result())
    state = broken.state
    print(look(allow_failure(state)))


main()
