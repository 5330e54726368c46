from prefect import flow, task
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner


def hook(flow, run, state):
    print("hook", flow.name, run.name)


@flow(name="base", retries=1, description="d", log_prints=False)
def base(x):
    return flow_run.name, flow_run.flow_name, x


new = base.with_options(
    name="new",
    description="other",
    flow_run_name="run {x}",
    retries=0,
    retry_delay_seconds=5,
    timeout_seconds=10,
    task_runner=ThreadPoolTaskRunner(max_workers=2),
    on_completion=[hook],
    validate_parameters=False,
    persist_result=True,
)
print(new(3))
print(new.name, new.description, new.retries, new.retry_delay_seconds, new.timeout_seconds, new.persist_result, type(new.task_runner).__name__)
print(base.name, base.description, base.retries, base.timeout_seconds, base.persist_result, len(base.on_completion_hooks))
