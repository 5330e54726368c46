from prefect import allow_failure, flow, task, unmapped


@task
def half(x):
    if x % 2:
        raise ValueError(f"{x} is odd")
    return x // 2


@task
def show(x, y=None):
    return repr(x), repr(y)


@flow
def main():
    halves = half.map([2, 3])
    print(show.map(allow_failure(halves)).result())
    print(show.map([1, 2], unmapped(allow_failure(half.submit(5)))).result())
    print(show.map([1, 2], allow_failure(half.submit(6))).result())
    print([state.name for state in show.map(halves, return_state=True)])
    print(show.submit(allow_failure(halves)).result())
    print(show.map([0], wait_for=[allow_failure(halves[1])]).result())
    return 1


main()
