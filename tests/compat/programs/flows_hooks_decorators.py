from prefect import flow

log = []


@flow
def main(fail=False):
    if fail:
        raise ValueError("x")


@main.on_completion
def completed(flow, flow_run, state):
    log.append(f"completed {state.name}")


@main.on_failure
def failed(flow, flow_run, state):
    log.append(f"failed {state.message}")


@main.on_failure
def failed_too(flow, flow_run, state):
    log.append("failed too")


@main.on_running
def running(flow, flow_run, state):
    log.append("running")


@main.on_crashed
def crashed(flow, flow_run, state):
    log.append("crashed")


@main.on_cancellation
def cancelled(flow, flow_run, state):
    log.append("cancelled")


main()
main(True, return_state=True)
print(log)
print(completed.__name__, len(main.on_failure_hooks), len(main.on_completion_hooks))
