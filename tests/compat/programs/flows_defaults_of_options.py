from prefect import flow, task


@flow
def f():
    pass


@task
def t():
    pass


for name in ("retries", "retry_delay_seconds", "timeout_seconds", "log_prints", "persist_result", "description", "flow_run_name", "result_storage", "result_serializer", "should_validate_parameters", "cache_result_in_memory", "on_completion_hooks", "on_failure_hooks", "on_running_hooks", "on_crashed_hooks", "on_cancellation_hooks"):
    print(name, getattr(f, name))
for name in ("retries", "retry_delay_seconds", "retry_jitter_factor", "timeout_seconds", "log_prints", "persist_result", "description", "task_run_name", "tags", "version", "cache_key_fn", "cache_expiration", "refresh_cache", "result_storage", "result_storage_key", "result_serializer", "cache_result_in_memory", "retry_condition_fn", "viz_return_value", "on_completion_hooks", "on_failure_hooks", "on_running_hooks"):
    print(name, getattr(t, name))
