from datetime import date

from prefect import flow, task
from prefect.runtime import task_run


@task(task_run_name="run-{x}-{y:02d}")
def template(x, y=7):
    return task_run.name


@task(task_run_name="{config[depth]} {when:%A} {text!r}")
def formatted(config, when, text="t"):
    return task_run.name


@task(task_run_name=lambda: "called")
def called(x):
    return task_run.name


def with_parameters(parameters):
    return f"with {sorted(parameters.items())}"


@task(task_run_name=with_parameters)
def parametrised(x, y=2):
    return task_run.name


def from_runtime():
    return f"{task_run.task_name} of {task_run.parameters['x']}"


@task(task_run_name=from_runtime)
def runtime_named(x):
    return task_run.name


@task
def plain(x):
    return task_run.name


@flow
def main():
    print(template("a"), template("b", 12), template.submit(x="c").result())
    print(formatted({"depth": 3}, date(2024, 2, 29)), called(1), parametrised(1), parametrised.submit(3, y=4).result())
    print(runtime_named(5), runtime_named.submit(6).result())
    print(template.map(["p", "q"], 5).result())
    name = plain(1)
    print(name[:6], len(name), all(digit in "0123456789abcdef" for digit in name[6:]))
    print(plain.with_options(task_run_name="given {x}")(2), template.with_options(name="other")("z"))


main()
