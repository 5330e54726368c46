from prefect import flow, task


def on_completion(flow, run, state):
    print(flow.name, run.name, state.name, state.result(), state.type.value)


def on_failure(flow, run, state):
    print(flow.name, state.name, repr(state.result(raise_on_failure=False)))


@flow(flow_run_name="r-{x}", on_completion=[on_completion], on_failure=[on_failure])
def main(x):
    if x == 0:
        raise ValueError("zero")
    return {"x": x}


main(1)
main(0, return_state=True)
