from prefect import flow, task


def of_task(task, run, state):
    print(task.name, run.task_version, run.flow_run_run_count, run.run_count, run.state_type, run.state_name)


def of_flow(flow, run, state):
    print(flow.name, run.flow_version, run.job_variables, run.deployment_id, run.deployment_version, run.work_queue_name)


@task(version="t1", on_running=[of_task], on_completion=[of_task])
def work(x):
    return x


@flow(version="f1", on_running=[of_flow], on_completion=[of_flow])
def main():
    work(1)


main()
