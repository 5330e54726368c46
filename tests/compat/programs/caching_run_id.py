from prefect import flow, task
from prefect.cache_policies import RUN_ID

calls = []


@task(cache_policy=RUN_ID)
def work(x):
    calls.append(x)
    return x


@flow
def main():
    print(work(1), work(2), work(3, return_state=True))


main()
main()
print(calls)
