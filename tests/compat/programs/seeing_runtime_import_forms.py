import prefect.runtime as runtime
from prefect import flow, runtime as also, task
from prefect.runtime import flow_run


@task
def work(x):
    from prefect.runtime.task_run import parameters, task_name

    return parameters, task_name, also.task_run.task_name


@flow
def main():
    return work(1), work.submit(2).result(), also.flow_run.flow_name, flow_run.flow_name


print(main())
