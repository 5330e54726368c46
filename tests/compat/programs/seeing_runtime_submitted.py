# What tasks that run elsewhere know of their flow run.
import prefect
from prefect import flow, runtime, tags, task
from prefect.runtime import flow_run, task_run


@task(tags=["a"], task_run_name="look at {x}")
def look(x):
    return {
        "flow": flow_run.flow_name,
        "run": flow_run.name,
        "parameters": flow_run.parameters,
        "tags": sorted(flow_run.tags),
        "count": flow_run.run_count,
        "task": task_run.name,
        "task parameters": task_run.parameters,
        "task tags": sorted(task_run.tags),
        "deployment": runtime.deployment.id,
        "whole": prefect.runtime.task_run.task_name,
    }


@flow(flow_run_name="run of {n}", name="the flow")
def main(n, names=("a", "b"), *, more=None):
    with tags("t"):
        for key, value in look.submit(1).result().items():
            print(key, value)
        print([each["parameters"] for each in look.map([1, 2]).result()])


main(3, more={"x": [1, None, 2.5]})
