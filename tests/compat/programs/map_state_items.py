from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    state = inc(1, return_state=True)
    listed = inc.submit(5, return_state=True)
    print(inc(state), inc.submit(state).result())
    print(inc.map([state, listed]).result())


main()
