from prefect import flow, task


@task
def task_a():
    return "a"


@task
def task_b():
    return "b"


@task
def task_c():
    return "c"


@task
def task_d(x=None):
    return f"d{x}"


@flow
def my_flow():
    a = task_a.submit()
    b = task_b.submit()
    c = task_c.submit(wait_for=[a, b])
    d = task_d(wait_for=[c])
    print(a.result(), b.result(), c.result(), d)
    states = [future.state.name for future in (a, b, c)]
    print(states)
    mapped = task_d.map([1, 2], wait_for=[a, c])
    print(mapped.result())
    print(task_d.submit(5, wait_for=mapped).result())


my_flow()
