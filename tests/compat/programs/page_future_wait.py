from prefect import flow, task


@task
def cool_task():
    return "sup"


@flow
def my_workflow():
    future = cool_task.submit()
    future.wait()
    print(future.state)


my_workflow()
