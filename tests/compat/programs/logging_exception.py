import logging

from prefect import flow, get_run_logger, task

records = []


class Keep(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("mine"):
            has = bool(record.exc_info or record.exc_text)
            records.append((record.levelname, record.getMessage(), has))


logging.getLogger("prefect.task_runs").addHandler(Keep())
logging.getLogger("prefect").setLevel(logging.INFO)


@task
def work():
    try:
        1 / 0
    except ZeroDivisionError:
        get_run_logger().exception("mine")
    get_run_logger().log(35, "mine level")
    get_run_logger().critical("mine critical", exc_info=False)


@flow
def main():
    work()
    work.submit().wait()


main()
print(records)
