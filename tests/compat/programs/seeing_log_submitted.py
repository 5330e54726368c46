# Records of submitted tasks reach the handlers of the program before their runs are seen to have ended.
import logging

from prefect import flow, get_run_logger, task

ROOT = flow.__module__.split(".")[0]
texts = []


class Keep(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("mine"):
            texts.append((record.getMessage(), record.levelname, record.task_name))


logging.getLogger(f"{ROOT}.task_runs").addHandler(Keep())
logging.getLogger(f"{ROOT}.task_runs").setLevel(logging.DEBUG)


@task
def work(x):
    logger = get_run_logger()
    logger.info("mine %d begins", x)
    logger.warning("mine %d ends", x)
    return x


@flow
def main():
    work.submit(1).wait()
    print(texts)
    texts.clear()
    work.map([2, 3, 4]).wait()
    print(sorted(texts))


main()
