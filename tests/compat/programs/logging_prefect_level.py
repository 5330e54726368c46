import logging

from prefect import flow, get_run_logger, task

records = []


class Keep(logging.Handler):
    def emit(self, record):
        records.append((record.levelname, record.getMessage()))


logging.getLogger("prefect").addHandler(Keep())
logging.getLogger("prefect.task_runs").setLevel(logging.ERROR)
logging.getLogger("prefect.flow_runs").setLevel(logging.WARNING)


@task
def work():
    get_run_logger().info("info")
    get_run_logger().warning("warning")
    get_run_logger().error("error")


@flow
def main():
    get_run_logger().info("flow info")
    get_run_logger().warning("flow warning")
    work()
    work.submit().wait()
    print(get_run_logger().isEnabledFor(logging.INFO), get_run_logger().getEffectiveLevel())


main()
print(records)
