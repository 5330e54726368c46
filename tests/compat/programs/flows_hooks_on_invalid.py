from prefect import flow

log = []


@flow(on_failure=[lambda flow, run, state: log.append(state.message)], on_running=[lambda *_: log.append("running")])
def main(x: int):
    log.append("body")


state = main("text", return_state=True)
print(state.name, log)
