import logging

from prefect import flow, get_run_logger, task
from prefect.runtime import flow_run, task_run

ROOT = flow.__module__.split(".")[0]
seen = {}


class Keep(logging.Handler):
    def emit(self, record):
        if record.getMessage() in ("from task", "from flow"):
            seen[record.getMessage()] = record


for name in ("task_runs", "flow_runs"):
    logging.getLogger(f"{ROOT}.{name}").addHandler(Keep())
    logging.getLogger(f"{ROOT}.{name}").setLevel(logging.INFO)


@task(task_run_name="named {x}")
def work(x):
    get_run_logger().info("from task")
    record = seen["from task"]
    print(record.task_run_name, record.task_name, str(record.task_run_id) == task_run.id, record.flow_run_name, record.flow_name)


@flow(flow_run_name="the run")
def main():
    get_run_logger().info("from flow")
    record = seen["from flow"]
    print(record.flow_run_name, record.flow_name, str(record.flow_run_id) == flow_run.id)
    work(1)


main()
