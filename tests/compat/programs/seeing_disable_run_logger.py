from prefect import flow, get_run_logger, task
from prefect.logging import disable_run_logger


@task
def work(x):
    get_run_logger().info("working")
    return x


with disable_run_logger():
    print(work.fn(5))
try:
    work.fn(6)
except Exception as error:
    print(type(error).__name__)
