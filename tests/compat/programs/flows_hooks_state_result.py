from prefect import flow


def completed(flow, flow_run, state):
    print("completed with", state.result())


def failed(flow, flow_run, state):
    print("failed with", repr(state.result(raise_on_failure=False)))


@flow(on_completion=[completed], on_failure=[failed])
def main(x):
    if x < 0:
        raise ValueError(x)
    return x * 2


main(4)
main(-1, return_state=True)
