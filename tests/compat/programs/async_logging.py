import asyncio
import logging

from prefect import flow, get_run_logger, task

lines = []


class Keep(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("mine"):
            lines.append((record.name, record.getMessage(), record.flow_name))


logging.getLogger("prefect").addHandler(Keep())
logging.getLogger("prefect").setLevel(logging.INFO)


@task(log_prints=True)
async def work(x):
    get_run_logger().info("mine %s", x)
    await asyncio.sleep(0)
    print("mine printed", x)


@flow
async def main():
    get_run_logger().info("mine flow")
    await work(1)
    await work(2)


asyncio.run(main())
for line in lines:
    print(line)
