import time

from prefect import flow, task


@task
def slow(x, pause):
    time.sleep(pause)
    return x


@task
def fail():
    raise ValueError("b")


@flow
def main():
    future = slow.submit("a", 0.8)
    print(future.wait(timeout=0.05), future.state.is_final())
    print(future.wait(), future.state, future.result())
    print(future.wait(timeout=0), future.wait(0.1))
    broken = fail.submit()
    print(broken.wait(), broken.state)


main()
