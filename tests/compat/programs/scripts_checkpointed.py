# A flow that fails on its way and is run again executes only what is missing.
from prefect import flow, task
from prefect.cache_policies import INPUTS

executed = []
trouble = {"c"}


@task(cache_policy=INPUTS, persist_result=True)
def step(name, previous):
    if name in trouble:
        raise RuntimeError(f"step {name}")
    executed.append(name)
    return previous + name


@flow
def steps(names: str):
    value = ""
    for name in names:
        value = step(name, value)
    return value


print(steps("abcd", return_state=True), executed)
trouble.clear()
print(steps("abcd"), executed)
print(steps("abcd"), executed)
