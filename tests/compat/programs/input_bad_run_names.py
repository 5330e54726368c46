from prefect import flow, task


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@task(task_run_name="{missing} there")
def named(x):
    return x


@task(task_run_name="{x.nothing}")
def attribute(x):
    return x


@task(task_run_name="{x[0]}-{x[1]}")
def items(x):
    from prefect.runtime import task_run

    return task_run.name


@task(task_run_name="{x:>5}|{y!r}")
def formats(x, y):
    from prefect.runtime import task_run

    return task_run.name


@task(task_run_name="{}")
def positional(x):
    return x


@task(task_run_name="{x")
def unclosed(x):
    return x


@flow
def main():
    print(attempt(lambda: named(1)))
    print(attempt(lambda: attribute(1)))
    print(attempt(lambda: items("ab")))
    print(attempt(lambda: formats(3, "y")))
    print(attempt(lambda: positional(1)))
    print(attempt(lambda: unclosed(1)))
    print(attempt(lambda: named.submit(1).result()))


main()
