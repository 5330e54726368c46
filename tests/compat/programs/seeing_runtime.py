import uuid

import prefect
from prefect import flow, task
from prefect.runtime import flow_run, task_run


@task(tags=["t1", "t2"])
def look(x, y=3):
    return task_run.task_name, task_run.parameters, task_run.run_count, sorted(task_run.tags), flow_run.parameters


@task
def ids():
    return task_run.id, flow_run.id


@flow
def child():
    return flow_run.parent_flow_run_id, flow_run.root_flow_run_id, flow_run.id


@flow
def main(a, b=2):
    print(flow_run.flow_name, flow_run.parameters, flow_run.run_count, flow_run.tags, task_run.id)
    print(look(1), look.submit(2, y=4).result())
    mine, flows = ids()
    print(isinstance(mine, str), uuid.UUID(mine) != uuid.UUID(flows), flows == flow_run.id)
    future = ids.submit()
    print(future.result()[0] == str(future.task_run_id), future.result()[1] == flow_run.id)
    parent, root, own = child()
    print(parent == flow_run.id, root == flow_run.id, own != flow_run.id)
    print(flow_run.parent_flow_run_id, flow_run.root_flow_run_id == flow_run.id)
    print(prefect.runtime.flow_run.id == flow_run.id)


main("x")
