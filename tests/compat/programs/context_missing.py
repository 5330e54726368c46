from prefect.context import FlowRunContext, TaskRunContext, get_run_context, tags
from prefect.exceptions import MissingContextError

print(FlowRunContext.get(), TaskRunContext.get())
try:
    get_run_context()
except MissingContextError as error:
    print(type(error).__name__, error)
with tags("a", "b") as current:
    print(sorted(current), type(current).__name__)
    with tags("c", "a") as inner:
        print(sorted(inner))
with tags() as none:
    print(sorted(none))
