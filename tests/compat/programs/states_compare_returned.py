from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    future = inc.submit(1)
    future.wait()
    print(future.state == future.state, future.state.type == "COMPLETED")
    return inc(1, return_state=True) == inc(1, return_state=True)


print(main())
