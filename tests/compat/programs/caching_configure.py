import tempfile

from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE

calls = []
policy = (INPUTS + TASK_SOURCE).configure(key_storage=tempfile.mkdtemp())


@task(cache_policy=policy, persist_result=True)
def work(x):
    calls.append(x)
    return x


@flow
def main():
    print(work(1), work(1), work.submit(1, return_state=True).name, calls)


main()
