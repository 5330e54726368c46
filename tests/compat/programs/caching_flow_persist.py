from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS)
def work(x):
    calls.append(x)
    return x


@flow(persist_result=True)
def keeps():
    work(1)
    work(1)
    print(work.submit(1, return_state=True).name)
    return 5


@flow
def plain():
    work(1)


keeps()
plain()
print(calls, work.persist_result, keeps.persist_result, plain.persist_result)
