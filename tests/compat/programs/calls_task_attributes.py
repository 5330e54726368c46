from prefect import Task, Flow, flow, task


@task(tags={"x", "y"}, retries=2, retry_delay_seconds=3, timeout_seconds=4, log_prints=True, task_run_name="run-{a}")
def first(a):
    return a


@flow(retries=1, retry_delay_seconds=2, timeout_seconds=5, log_prints=True, flow_run_name="f-{a}", version="1.2")
def second(a):
    return a


@flow
def some_long_name():
    pass


print(isinstance(first, Task), isinstance(second, Flow))
print(sorted(first.tags), first.retries, first.retry_delay_seconds, first.timeout_seconds, first.log_prints)
print(first.task_run_name, first.persist_result, first.cache_expiration, first.refresh_cache)
print(second.retries, second.retry_delay_seconds, second.timeout_seconds, second.log_prints, second.flow_run_name)
print(second.version, second.name, some_long_name.name, some_long_name.retries, some_long_name.timeout_seconds)
print(second.should_validate_parameters, second.persist_result)
print(first.isgenerator, first.isasync, first.ismethod)
