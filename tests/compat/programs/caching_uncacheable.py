import threading

from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS)
def work(lock, x):
    calls.append(x)
    return x


@flow
def main():
    print(work(threading.Lock(), 1, return_state=True), work(threading.Lock(), 1, return_state=True), calls)
    calls.clear()
    without = work.with_options(cache_policy=INPUTS - "lock")
    print(without(threading.Lock(), 1, return_state=True), without(threading.Lock(), 1, return_state=True), calls)


main()
