from prefect import flow, task


def on_completion(task, run, state):
    print("completed with", state.result())


def on_failure(task, run, state):
    print("failed with", repr(state.result(raise_on_failure=False)), state.message)


@task(on_completion=[on_completion], on_failure=[on_failure])
def work(x):
    return 10 // x


@flow
def main():
    work(2)
    work(0, return_state=True)
    future = work.submit(5)
    future.wait()
    future = work.submit(0)
    future.wait()


main()
