import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from prefect import flow, task


@task
def square(x):
    return x * x


@flow
def main():
    results = {}

    def work(x):
        results[x] = square.submit(x).result()

    threads = [threading.Thread(target=copy_context().run, args=(work, i)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sorted(results.items()))
    contexts = [copy_context() for _ in range(5)]
    with ThreadPoolExecutor(3) as pool:
        print(list(pool.map(lambda x: contexts[x].run(square, x), range(5))))


main()
