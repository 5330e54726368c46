from prefect import flow, task
from prefect.cache_policies import INPUTS


@task(cache_policy=INPUTS)
def work(x):
    return x


@flow
def main():
    print([work(x, return_state=True).name for x in (1, 1.0, True, "1", b"1", (1,), [1], {1}, {"1": 1}, None, "", [], 0, False)])
    print([work(x, return_state=True).name for x in ({"a": 1, "b": 2}, {"b": 2, "a": 1})])


main()
