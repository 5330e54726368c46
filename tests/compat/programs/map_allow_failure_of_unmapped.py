from prefect import allow_failure, flow, task, unmapped


@task
def fail():
    raise ValueError("bad")


@task
def show(x, y=None):
    return repr(x), repr(y)


@flow
def main():
    future = fail.submit()
    print(show.map([1, 2], y=allow_failure(future)).result())
    print(show.map([1, 2], y=allow_failure(unmapped(future))).result())


state = main(return_state=True)
print(state)
