from prefect import flow, task


@task(name="the task", task_run_name="run {x}")
def work(x):
    return x


@flow
def main():
    future = work.submit(1)
    future.wait()
    print(type(future.state).__name__, future.state.name, future.state.result(), future.state.state_details.task_run_id == future.task_run_id)
    states = [each.state for each in work.map([1, 2])]
    print(len(states))


main()
