import logging

from prefect import flow, get_run_logger, task

records = []


class Keep(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("mine"):
            records.append((record.name, record.getMessage(), getattr(record, "color", None), record.flow_name, getattr(record, "task_name", None)))


logging.getLogger("prefect").addHandler(Keep())
logging.getLogger("prefect").setLevel(logging.INFO)


@task
def work():
    get_run_logger(color="blue").info("mine %s %d", "a", 1)
    get_run_logger().info("mine extra", extra={"color": "green"})
    get_run_logger().getChild("sub").info("mine child")


@flow
def main():
    get_run_logger().info("mine flow", extra={"color": "red"})
    work()


main()
for record in records:
    print(record)
