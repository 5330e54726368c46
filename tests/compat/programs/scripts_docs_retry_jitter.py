import random

from prefect import flow, task
from prefect.tasks import exponential_backoff

random.seed(1)
calls = []


@task(retries=3, retry_delay_seconds=exponential_backoff(backoff_factor=0.01), retry_jitter_factor=1)
def call_unreliable_api(fails):
    calls.append(1)
    if len(calls) <= fails:
        raise ConnectionError("503")
    return {"status": 200, "attempts": len(calls)}


@flow(retries=1)
def get_data_flow(fails):
    return call_unreliable_api(fails)


print(get_data_flow(2))
calls.clear()
print(get_data_flow(5))
calls.clear()
try:
    get_data_flow(100)
except ConnectionError as error:
    print("gave up:", error, len(calls))
