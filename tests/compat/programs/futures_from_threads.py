# Futures made in the flow are asked from other threads.
import threading

from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    futures = [inc.submit(i) for i in range(4)]
    results = []
    threads = [threading.Thread(target=lambda f=f: results.append(f.result())) for f in futures]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


print(main())
