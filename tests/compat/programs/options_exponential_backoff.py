from prefect import flow, task
from prefect.tasks import exponential_backoff

print(exponential_backoff(backoff_factor=10)(4), exponential_backoff(2)(3), exponential_backoff(0.5)(5), exponential_backoff(1)(0))


@task(retries=3, retry_delay_seconds=exponential_backoff(backoff_factor=0.01))
def unsteady():
    raise ValueError("always")


print(unsteady.retry_delay_seconds, unsteady.with_options(retries=2).retry_delay_seconds)


@flow
def main():
    return unsteady(return_state=True)


print(main(return_state=True))
