from datetime import date

from prefect import flow
from prefect.runtime import flow_run


@flow(flow_run_name="run-{a}-{b:03d}")
def template(a, b=7):
    return flow_run.name


def make_name():
    return "from callable"


@flow(flow_run_name=make_name)
def called(a):
    return flow_run.name


def name_from_runtime():
    return f"{flow_run.flow_name} with {flow_run.parameters['a']}"


@flow(flow_run_name=name_from_runtime)
def runtime_named(a):
    return flow_run.name


@flow(flow_run_name="{when:%A} {config[depth]} {text.upper}")
def formatted(when, config, text=""):
    return flow_run.name.split(" <")[0]


@flow(flow_run_name="coerced-{n}")
def coerced(n: int):
    return flow_run.name


@flow
def plain():
    words = flow_run.name.split("-")
    return len(words) >= 2, flow_run.name == flow_run.name.lower()


print(template("x"), template("x", 12), called(1), runtime_named(5))
print(formatted(date(2024, 2, 29), {"depth": 3}), coerced("007"))
print(plain())
print(plain.with_options(flow_run_name="given")(), template.with_options(flow_run_name="other {a}")("z"))
