from prefect import flow, task, unmapped
from prefect.futures import as_completed, wait
from prefect_dask import DaskTaskRunner


@task
def inc(x):
    return x + 1


@task
def show(x, y=None):
    return x, y


@task
def fail(x):
    raise KeyError(x)


@flow(task_runner=DaskTaskRunner(cluster_kwargs={"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": None}))
def main():
    futures = inc.map(range(4))
    print(futures.result(), sorted(future.result() for future in as_completed(futures)))
    done, not_done = wait(futures)
    print(len(done), len(not_done))
    print(show.submit([futures[0], {"a": futures[1]}], y=futures[2]).result())
    print(show.map(futures, unmapped([1])).result())
    print(show.submit(1, wait_for=futures).result())
    broken = fail.map([1, 2])
    print([repr(error) for error in broken.result(raise_on_failure=False)])
    try:
        broken[0].result()
    except KeyError as error:
        print(repr(error))
    print(inc.submit(broken[0], return_state=True).name)
    print(inc.map([1, 2], return_state=True)[1].result())
    return inc.submit(9)


if __name__ == "__main__":
    print(main())
