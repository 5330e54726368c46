# A run whose upstreams are many and repeated.
from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    futures = [inc.submit(i) for i in range(50)]
    last = inc.submit(0, wait_for=futures + futures)
    print(last.result(), inc(5, wait_for=futures[:1] * 20))


main()
