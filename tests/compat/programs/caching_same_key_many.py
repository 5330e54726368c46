# Many runs with one key: all give the same result.
from prefect import flow, task
from prefect.cache_policies import INPUTS


@task(cache_policy=INPUTS)
def work(x):
    return x * 2


@flow
def main():
    futures = [work.submit(21) for _ in range(12)]
    print({future.result() for future in futures}, {future.state.type.value for future in futures})
    print(work(21, return_state=True))


main()
