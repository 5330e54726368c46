from prefect import flow, task
from prefect.tasks import exponential_backoff

for options in (
    {"retry_delay_seconds": 5},
    {"retry_delay_seconds": 0.5},
    {"retry_delay_seconds": [1, 2]},
    {"retry_delay_seconds": exponential_backoff(3)},
    {"retry_delay_seconds": lambda retries: [retries, 2 * retries]},
    {},
):
    print(task(retries=3, **options)(lambda: None).retry_delay_seconds)
