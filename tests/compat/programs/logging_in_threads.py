import logging
import threading

from prefect import flow, get_run_logger, task
from prefect.exceptions import MissingContextError


@flow
def main():
    got = []

    def other():
        try:
            get_run_logger()
            got.append("logger")
        except MissingContextError:
            got.append("none")

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    print(got)
    logger = get_run_logger()
    print(logger.isEnabledFor(logging.CRITICAL), logger.logger.name.split(".")[-1])


main()
