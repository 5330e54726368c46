# Scripts look at states in these ways.
from prefect import flow, task
from prefect.states import StateType


@task
def maybe(x):
    if x == 1:
        raise ValueError("one")
    return x


@flow
def main():
    futures = maybe.map(range(3))
    futures.wait()
    counts = {}
    for future in futures:
        counts[future.state.type] = counts.get(future.state.type, 0) + 1
    print({kind.value: n for kind, n in counts.items()})
    for future in futures:
        match future.state.type:
            case StateType.COMPLETED:
                print("good", future.result())
            case StateType.FAILED:
                print("bad", future.state.message)
    print([future.state.type == StateType.COMPLETED for future in futures])
    print([future.state.name == "Completed" for future in futures])
    print([future.state.is_final() for future in futures])


main()
