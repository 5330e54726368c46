from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE


@task(cache_policy=TASK_SOURCE)
def only_source(x):
    return x


def make(word):
    if word == "first":

        @task(cache_policy=TASK_SOURCE + INPUTS)
        def work(x):
            return f"first {x}"
    else:

        @task(cache_policy=TASK_SOURCE + INPUTS)
        def work(x):
            return f"second {x}"

    return work


@flow
def main():
    print(only_source(1), only_source(2), only_source(3, return_state=True))
    first, second = make("first"), make("second")
    print(first(1), second(1), first(1, return_state=True), second(1, return_state=True))
    print(make("first")(1, return_state=True))


main()
