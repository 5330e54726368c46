import logging

from prefect import flow, get_run_logger, task

records = []


class Keep(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("mine"):
            records.append(record.getMessage())


class Secret(logging.Filter):
    def filter(self, record):
        return "secret" not in record.getMessage()


logger = logging.getLogger("prefect.task_runs")
logger.addHandler(Keep())
logger.addFilter(Secret())
logging.getLogger("prefect").setLevel(logging.INFO)


@task
def work():
    get_run_logger().warning("mine secret")
    get_run_logger().warning("mine open")


@flow
def main():
    work()


main()
print(records)
