from prefect import flow, task
from prefect.futures import as_completed, wait
from prefect_dask import DaskTaskRunner


@task
def inc(x):
    return x + 1


@task
def add(x, y):
    return x + y


@task
def fail(x):
    raise ValueError(f"on dask {x}")


@flow(task_runner=DaskTaskRunner(cluster_kwargs={"n_workers": 1, "threads_per_worker": 2, "dashboard_address": None}))
def main():
    futures = inc.map(range(4))
    print(futures.result(), add.submit(futures[0], futures[1]).result())
    broken = fail.submit(1)
    broken.wait()
    print(broken.state)
    later = inc.submit(broken)
    later.wait()
    print(later.state.name, inc(5))
    print(len(wait(futures).done), sorted(future.result() for future in as_completed(futures)))
    return futures


if __name__ == "__main__":
    print(main(return_state=True))
