import logging

from prefect import flow, get_run_logger, task

records = []


class Keep(logging.Handler):
    def __init__(self, where):
        super().__init__()
        self.where = where

    def emit(self, record):
        if record.getMessage().startswith("mine"):
            records.append((self.where, record.name, record.getMessage()))


logging.getLogger("prefect.flow_runs").addHandler(Keep("flow_runs"))
logging.getLogger("prefect.task_runs").addHandler(Keep("task_runs"))
logging.getLogger("prefect").addHandler(Keep("prefect"))
logging.getLogger("prefect.task_runs").propagate = False
logging.getLogger("prefect").setLevel(logging.INFO)


@task
def work():
    get_run_logger().warning("mine task")


@flow
def main():
    get_run_logger().warning("mine flow")
    work()


main()
for record in records:
    print(record)
