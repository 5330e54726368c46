from prefect import flow, task


def note(flow, flow_run, state):
    print(flow.name, state.name)


@flow(on_completion=[note], on_failure=[note])
def child(fail):
    if fail:
        raise ValueError("x")


@flow(on_completion=[note], on_failure=[note])
def main():
    child(False)
    child(True, return_state=True)


main()
