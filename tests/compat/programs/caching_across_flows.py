from prefect import flow, task
from prefect.cache_policies import DEFAULT, FLOW_PARAMETERS, INPUTS, RUN_ID

calls = []


@task(cache_policy=INPUTS, persist_result=True)
def everywhere(x):
    calls.append("everywhere")
    return x


@task(cache_policy=INPUTS + RUN_ID, persist_result=True)
def in_run(x):
    calls.append("in_run")
    return x


@task(cache_policy=FLOW_PARAMETERS, persist_result=True)
def by_flow(x):
    calls.append("by_flow")
    return x


@task(persist_result=True)
def default(x):
    calls.append("default")
    return x


@flow
def main(n):
    for each in (everywhere, in_run, by_flow, default):
        each(1)
        each(1)


for n in (1, 2, 1):
    calls.clear()
    main(n)
    print(n, calls)
