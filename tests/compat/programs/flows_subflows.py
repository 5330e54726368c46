from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def child(x):
    return inc(x) * 10


@flow
def failing_child():
    raise KeyError("child")


@flow
def main():
    print(child(1), child(x=2))
    state = child(3, return_state=True)
    print(state, state.result())
    broken = failing_child(return_state=True)
    print(broken)
    try:
        failing_child()
    except KeyError as error:
        print("caught", error)
    return [child(4, return_state=True), broken]


state = main(return_state=True)
print(state)
