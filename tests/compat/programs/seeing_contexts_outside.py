from prefect.context import FlowRunContext, TaskRunContext, get_run_context
from prefect.exceptions import MissingContextError

try:
    get_run_context()
except MissingContextError as error:
    print(type(error).__name__, isinstance(error, RuntimeError), error)
print(TaskRunContext.get(), FlowRunContext.get())
