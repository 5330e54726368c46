from prefect import flow, task

seen = []


def hook(task, run, state):
    seen.append((state.name, state.is_completed(), run.state_name == state.name if run.state_name else None, run.state.name if getattr(run, "state", None) else None))


@task(on_completion=[hook], on_failure=[hook])
def work(fail):
    if fail:
        raise ValueError("x")
    return 5


@flow
def main():
    work(False)
    work(True, return_state=True)


main()
print([each[:2] for each in seen])
