from datetime import timedelta

from prefect import task
from prefect.cache_policies import INPUTS
from prefect.tasks import Task, exponential_backoff


@task(
    name="One",
    description="does one thing",
    version="2",
    tags=["b", "a"],
    retries=2,
    retry_delay_seconds=[1, 2.5],
    retry_jitter_factor=0.5,
    timeout_seconds=3,
    log_prints=True,
    persist_result=True,
    cache_expiration=timedelta(days=1),
    cache_policy=INPUTS,
    refresh_cache=True,
    task_run_name="run-{x}",
    result_storage_key="key",
    viz_return_value=5,
)
def one(x):
    """Doc."""


@task
def plain(x, y=2):
    """What it does."""


for each in (one, plain):
    print(isinstance(each, Task), each.name, repr(each.description), each.version, sorted(each.tags))
    print(each.retries, each.retry_delay_seconds, each.retry_jitter_factor, each.timeout_seconds, each.log_prints)
    print(each.persist_result, each.cache_expiration, each.refresh_cache, each.task_run_name, each.result_storage_key)
    print(each.isasync, each.isgenerator, each.ismethod, each.fn.__name__, each.viz_return_value)
    print([len(hooks) for hooks in (each.on_completion_hooks, each.on_failure_hooks, each.on_running_hooks)])
print(exponential_backoff(2)(4), task(retries=3, retry_delay_seconds=exponential_backoff(10))(lambda: 1).retry_delay_seconds)
