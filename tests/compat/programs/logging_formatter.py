import logging

from prefect import flow, get_run_logger, task


class Print(logging.Handler):
    def emit(self, record):
        text = self.format(record)
        if "mine" in text:
            print(text)


handler = Print()
handler.setFormatter(logging.Formatter("%(name)s|%(levelname)s|%(flow_name)s|%(message)s"))
logging.getLogger("prefect.flow_runs").addHandler(handler)
tasks = Print()
tasks.setFormatter(logging.Formatter("%(name)s|%(task_name)s|%(task_run_name)s|%(flow_run_name)s|%(message)s"))
logging.getLogger("prefect.task_runs").addHandler(tasks)
logging.getLogger("prefect").setLevel(logging.INFO)


@task(task_run_name="run of {x}")
def work(x):
    get_run_logger().info("mine %d", x)


@flow(flow_run_name="the run")
def main():
    get_run_logger().info("mine")
    work(1)


main()
