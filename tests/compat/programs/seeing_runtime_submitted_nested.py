from prefect import flow, task
from prefect.runtime import flow_run


@task
def look():
    return flow_run.flow_name, flow_run.parameters


@task
def outer():
    return look.submit().result(), look(), inner_flow(7)


@flow
def inner_flow(k):
    return look.submit().result(), flow_run.parameters


@flow
def child(a):
    return look.submit().result()


@flow
def main(b):
    print(look.submit().result())
    print(child([1, 2]))
    print(outer.submit().result())
    print(look.submit().result())


main({"key": "value"})
