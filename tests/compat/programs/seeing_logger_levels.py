import logging

from prefect import flow, get_run_logger, task

ROOT = flow.__module__.split(".")[0]


class Show(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("say"):
            print(record.levelname, record.getMessage(), record.exc_info is not None)


logging.getLogger(f"{ROOT}.task_runs").addHandler(Show())
logging.getLogger(f"{ROOT}.task_runs").setLevel(logging.DEBUG)


@task
def work():
    logger = get_run_logger()
    logger.debug("say %s", "debug")
    logger.info("say info")
    logger.warning("say warning")
    logger.error("say error")
    logger.critical("say critical")
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("say exception")
    logger.log(25, "say own level")


@flow
def main():
    work()


main()
