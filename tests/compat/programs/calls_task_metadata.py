from prefect import flow, task


@task(name="My Task", description="Does it.", tags={"b", "a"}, version="1.2", retries=3, retry_delay_seconds=4, timeout_seconds=9)
def mine(x: int, y: str = "z") -> str:
    """Own text."""
    return y * x


@task
def bare():
    """Only a docstring.

    More.
    """


print(mine.name, mine.description, sorted(mine.tags), mine.version, mine.retries, mine.retry_delay_seconds, mine.timeout_seconds)
print(bare.name, repr(bare.description), bare.tags, bare.version, bare.retries, bare.retry_delay_seconds, bare.timeout_seconds)
print(mine.__name__, mine.__doc__, mine.__wrapped__ is mine.fn, mine.fn(2))
print(mine.isasync, mine.isgenerator, bare.persist_result, bare.log_prints, bare.cache_key_fn, bare.task_run_name)
print(bare.retry_condition_fn, bare.retry_jitter_factor, bare.refresh_cache, bare.cache_expiration, bare.result_storage_key)
print(bare.on_completion_hooks, bare.on_failure_hooks, mine.__annotations__)
print(type(mine).__name__, callable(mine), mine.__module__)
copy = mine.with_options(name="Other", tags=["c"])
print(copy.name, sorted(copy.tags), copy.retries, mine.name, copy.fn is mine.fn)
