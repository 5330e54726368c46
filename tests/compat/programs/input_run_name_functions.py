from prefect import flow, task


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def not_text():
    return 5


def raising():
    raise RuntimeError("no name today")


def with_parameters(parameters):
    return f"named {sorted(parameters)}"


def run_name():
    from prefect.runtime import task_run

    return task_run.name


@flow
def main():
    print(attempt(lambda: task(run_name, task_run_name=not_text)()).split(" at 0x")[0])
    print(attempt(lambda: task(run_name, task_run_name=raising)()))
    print(attempt(lambda: task(run_name, task_run_name=with_parameters)()))
    print(attempt(lambda: task(run_name, task_run_name=lambda: "constant")()))
    print(attempt(lambda: task(run_name, task_run_name=lambda a, b: "two")()))
    print(attempt(lambda: task(run_name, task_run_name="")())[:8])


main()
