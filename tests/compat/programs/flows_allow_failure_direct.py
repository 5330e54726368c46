from prefect import allow_failure, flow, task


@task
def bad():
    raise ValueError("bad")


@task
def look(x):
    return type(x).__name__, str(x)


@flow
def child(x):
    return type(x).__name__


@flow
def main():
    print(look(allow_failure(bad.submit())))
    print(look(allow_failure(bad(return_state=True))))
    print(look(5, wait_for=[allow_failure(bad.submit())]))
    print(look([allow_failure(bad.submit()), 1]) if False else look(allow_failure(7)))


main()
