from datetime import date

from prefect import flow, task
from prefect.runtime import task_run


@task(task_run_name="{name:>4}|{n:03d}|{ratio:.2f}|{day:%Y-%m}|{items[1]}|{mapping[key]}|{default}")
def work(name, n, ratio, day, items, mapping, default="d"):
    return task_run.name


def by_function():
    return f"{task_run.task_name}/{task_run.parameters['x']}"


def by_parameters(parameters):
    return "+".join(f"{key}={value}" for key, value in parameters.items())


@task(task_run_name=by_function)
def one(x, y=1):
    return task_run.name


@task(task_run_name=by_parameters)
def two(x, y=1):
    return task_run.name


@flow
def main():
    print(work("ab", 7, 0.5, date(2024, 1, 2), [1, 2], {"key": "v"}))
    print(one(3), two(4), two(4, y=5), one.submit(6).result(), two.submit(7).result())
    print(two.map([1, 2]).result())
    print(one.with_options(task_run_name="static")(1))


main()
