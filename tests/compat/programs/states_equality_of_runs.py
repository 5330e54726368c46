from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    a, b = inc.submit(1), inc.submit(1)
    a.wait(), b.wait()
    print(a.state == a.state, a.state.type == b.state.type, a.state.id == a.state.id)
    print(a.state.id == b.state.id, a.state.is_completed() and b.state.is_completed())
    states = inc.map([1, 2], return_state=True)
    print([state.result() for state in states], all(state.is_completed() for state in states))


main()
