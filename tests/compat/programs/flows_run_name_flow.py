from prefect import flow, task
from prefect.runtime import flow_run, task_run


@task
def where():
    return flow_run.name, flow_run.flow_name, task_run.task_name


@flow(flow_run_name="child of {parent}")
def child(parent):
    return where(), where.submit().result()


@flow(name="Named", flow_run_name="parent")
def main():
    return where(), child("parent"), where.submit().result()


print(main())
