import logging

from prefect import flow, get_run_logger, task
from prefect.logging.loggers import PrefectLogAdapter


@task
def work():
    logger = get_run_logger()
    return isinstance(logger, PrefectLogAdapter), isinstance(logger, logging.LoggerAdapter), type(logger.logger).__name__


@flow
def main():
    logger = get_run_logger()
    print(isinstance(logger, PrefectLogAdapter), hasattr(logger, "warn"), logger.extra["flow_name"])
    print(work())
    child = logger.getChild("sub")
    print(isinstance(child, PrefectLogAdapter), child.extra["flow_name"])


main()
