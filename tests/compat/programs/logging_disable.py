import logging

from prefect import flow, get_run_logger, task
from prefect.logging import disable_run_logger, get_run_logger as same

records = []


class Keep(logging.Handler):
    def emit(self, record):
        records.append(record.getMessage())


logging.getLogger("prefect.task_runs").addHandler(Keep())
logging.getLogger("prefect.task_runs").setLevel(logging.INFO)


@task
def work():
    get_run_logger().info("mine")
    return 5


with disable_run_logger():
    print(work.fn())
    print(work())
print([record for record in records if record == "mine"], same is get_run_logger)
work()
print([record for record in records if record == "mine"])
