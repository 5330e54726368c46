from prefect import Flow, Task


def fn(x):
    return x


one = Task(fn, name="n", retries=2, tags={"t"}, description="d", retry_delay_seconds=3, timeout_seconds=4, log_prints=True)
print(one.name, one.retries, sorted(one.tags), one.description, one.retry_delay_seconds, one.timeout_seconds, one.log_prints, one(5))
two = Flow(fn, name="f", version="v", retries=1, retry_delay_seconds=2, description="e", timeout_seconds=3, validate_parameters=False)
print(two.name, two.version, two.retries, two.retry_delay_seconds, two.description, two.timeout_seconds, two.should_validate_parameters, two(6))
