from prefect import flow, get_run_logger, task
from prefect.logging import get_logger, loggers

print(sorted(name for name in dir(loggers) if name in ("get_logger", "get_run_logger", "disable_run_logger", "flow_run_logger", "task_run_logger", "print_as_log", "patch_print", "disable_logger")))


@task
def work():
    logger = get_run_logger()
    return type(logger).__name__, sorted(k for k in logger.extra if not k.endswith("id"))


@flow
def main():
    logger = get_run_logger(color="red")
    print(logger.extra["color"], logger.extra["flow_name"])
    print(sorted(k for k in logger.extra if not k.endswith("id")))
    print(work()[1])
    print(isinstance(get_logger("x").level, int))


main()
