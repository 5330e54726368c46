import logging

from prefect import flow, get_run_logger, task

records = []


class Keep(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("mine"):
            records.append((record.name, record.flow_run_name, record.flow_name, record.getMessage()))


logging.getLogger("prefect").addHandler(Keep())
logging.getLogger("prefect").setLevel(logging.INFO)


@task(task_run_name="t")
def work():
    get_run_logger().info("mine task")


@flow(flow_run_name="inner run")
def inner():
    get_run_logger().info("mine inner")
    work()


@flow(flow_run_name="outer run")
def outer():
    get_run_logger().info("mine before")
    inner()
    get_run_logger().info("mine after")
    work.submit().wait()


outer()
for record in records:
    print(record)
