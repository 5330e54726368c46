from datetime import timedelta

from prefect import task
from prefect.cache_policies import INPUTS, NO_CACHE


@task
def base(x):
    return x


changed = base.with_options(
    name="n",
    description="d",
    tags=["t"],
    cache_policy=INPUTS,
    cache_expiration=timedelta(seconds=5),
    task_run_name="r-{x}",
    retries=2,
    retry_delay_seconds=[1, 2],
    retry_jitter_factor=0.1,
    persist_result=True,
    timeout_seconds=3,
    log_prints=True,
    refresh_cache=True,
)
print(changed.name, changed.description, changed.tags, changed.cache_policy == INPUTS, changed.cache_expiration)
print(changed.task_run_name, changed.retries, changed.retry_delay_seconds, changed.retry_jitter_factor)
print(changed.persist_result, changed.timeout_seconds, changed.log_prints, changed.refresh_cache)
again = changed.with_options(retries=0)
print(again.name, again.tags, again.retries, again.retry_delay_seconds, again.timeout_seconds, again.cache_policy == INPUTS)
print(again.cache_expiration, again.persist_result, again.refresh_cache, again.task_run_name)
