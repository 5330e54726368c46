import prefect
import prefect.states
from prefect import Flow, State, Task, allow_failure, flow, get_run_logger, tags, task, unmapped
from prefect.context import FlowRunContext, TaskRunContext
from prefect.flows import Flow as Flow2
from prefect.flows import flow as flow2
from prefect.futures import PrefectFuture, PrefectFutureList, as_completed, wait
from prefect.logging import get_run_logger as get_run_logger2
from prefect.states import State as State2
from prefect.tasks import Task as Task2
from prefect.tasks import exponential_backoff, task as task2, task_input_hash
from prefect.utilities.annotations import unmapped as unmapped2

print(Flow is Flow2, flow is flow2, State is State2, Task is Task2, task is task2, unmapped is unmapped2)
print(get_run_logger is get_run_logger2)


@prefect.task
def inc(x):
    return x + 1


@prefect.flow
def main():
    return inc.submit(1).result(), prefect.runtime.flow_run.flow_name


print(main())
