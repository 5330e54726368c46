from prefect import flow, task

tries = []
seen = []


def only_value_errors(task, task_run, state):
    seen.append((task.name, task_run.run_count, state.type.value, state.is_failed()))
    try:
        state.result()
    except ValueError:
        return True
    except KeyError:
        return False


@task(retries=5, retry_condition_fn=only_value_errors)
def unsteady():
    tries.append(1)
    if len(tries) < 3:
        raise ValueError("again")
    raise KeyError("no more")


def broken(task, task_run, state):
    raise RuntimeError("condition")


@task(retries=5, retry_condition_fn=broken)
def with_broken():
    tries.append(1)
    raise ValueError("x")


@task(retries=2, retry_condition_fn=lambda task, run, state: False)
def never():
    tries.append(1)
    raise ValueError("never")


@flow
def main():
    print(unsteady(return_state=True), len(tries), seen)
    tries.clear()
    print(with_broken(return_state=True), len(tries))
    tries.clear()
    print(never(return_state=True), len(tries))


main()
