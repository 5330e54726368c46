from prefect import task
from prefect.runtime import flow_run, task_run

events = []


@task(retries=1, on_completion=[lambda t, r, s: events.append((t.name, s.name))], on_failure=[lambda t, r, s: events.append((s.name, r.flow_run_id))])
def work(x):
    if x < 0:
        raise ValueError("negative")
    return x, task_run.task_name, flow_run.id


print(work(1))
print(work(1, return_state=True).name)
state = work(-1, return_state=True)
print(state, state.is_failed())
try:
    work(-2)
except ValueError as error:
    print(error)
print(events)
