from prefect import flow, task, unmapped
from prefect_dask import DaskTaskRunner


@task
def add(x, y=1):
    return x + y


@task
def fail():
    raise ValueError("on dask")


@flow(task_runner=DaskTaskRunner(cluster_kwargs={"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": None}))
def main():
    one = add.submit(1)
    print(type(one).__name__, one.result(), one.state)
    print(add.submit(one, one).result())
    print(add.map([1, 2], unmapped(10)).result())
    print(add.map([1, 2], [one, 4]).result())
    print(add(one, 5))
    broken = fail.submit()
    broken.wait()
    print(broken.state)
    print(repr(broken.result(raise_on_failure=False)))
    print(add.submit(1, wait_for=[one]).result())
    print(add.submit(broken, return_state=True).name)


if __name__ == "__main__":
    main()
