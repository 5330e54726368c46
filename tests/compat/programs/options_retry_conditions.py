from prefect import flow, task

asked = []
attempts = []


def condition(task, task_run, state):
    try:
        state.result()
    except KeyError:
        asked.append(("KeyError", task.name, task_run.run_count, state.name))
        return False
    except ValueError as error:
        asked.append(("ValueError", task.name, task_run.run_count, str(error)))
        return True


@task(retries=2, retry_condition_fn=condition)
def work(kind):
    attempts.append(kind.__name__)
    raise kind("x")


@flow
def main():
    for kind in (ValueError, KeyError):
        state = work(kind, return_state=True)
        print(state.name, state.message)
        print(attempts, asked)
        attempts.clear()
        asked.clear()


main()
try:
    task(retries=1, retry_condition_fn="no")(lambda: None)
except TypeError as error:
    print(type(error).__name__)
