from prefect import flow, task
from prefect.futures import wait


@task
def inc(x, y=1):
    return x + y


@flow
def main():
    futures = inc.map([])
    print(type(futures).__name__, len(futures), futures.result())
    futures.wait()
    print(wait(futures))
    print(inc.map([], y=5).result(), inc.map([], []).result())
    print(inc.map(inc.map([])).result())
    return futures


state = main(return_state=True)
print(state)
