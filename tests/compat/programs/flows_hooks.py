from prefect import flow

log = []


def first(flow, flow_run, state):
    log.append(("first", flow.name, state.type.value, flow_run.state.type.value))


def second(flow, flow_run, state):
    log.append(("second", state.name, flow_run.name))


def running(flow, flow_run, state):
    log.append(("running", state.name))


@flow(on_running=[running], on_completion=[first, second], on_failure=[second, first], flow_run_name="named")
def main(fail):
    log.append("body")
    if fail:
        raise ValueError("x")
    return 5


print(main(False), log)
log.clear()
print(main(True, return_state=True), log)
