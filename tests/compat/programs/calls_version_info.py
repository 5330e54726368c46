import prefect
from prefect import flow, task

print(isinstance(prefect.__version__, str), prefect.flow is flow, prefect.task is task)
print(sorted(name for name in ("flow", "task", "Flow", "Task", "State", "tags", "unmapped", "allow_failure", "get_run_logger", "runtime") if hasattr(prefect, name)))
print(prefect.states.Completed().name if hasattr(prefect, "states") else "-", prefect.context is not None, prefect.exceptions.PrefectException is not None)
