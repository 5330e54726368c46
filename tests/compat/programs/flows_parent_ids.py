from prefect import flow, task
from prefect.runtime import flow_run


@task
def look():
    return flow_run.parent_flow_run_id, flow_run.root_flow_run_id, flow_run.id


@flow
def grandchild():
    return look(), look.submit().result()


@flow
def child():
    return flow_run.id, grandchild()


@flow
def main():
    mine = flow_run.id
    child_id, (direct, submitted) = child()
    print(direct == submitted, direct[0] == child_id, direct[1] == mine, direct[2] not in (mine, child_id))
    print(look()[0], look()[1] == mine)


main()
