from prefect import flow, task

events = []


def hook(flow, run, state):
    events.append((run.run_count, state.type.value, state.name))


@flow(retries=2, on_running=[hook], on_completion=[hook], on_failure=[hook])
def flaky(until):
    events.append("body")
    if sum(event == "body" for event in events) < until:
        raise ValueError("again")
    return "done"


print(flaky(2))
print(events)
events.clear()
try:
    flaky(9)
except ValueError as error:
    print(error)
print(events)
print(flaky.retries, flaky.retry_delay_seconds)
