import re

from prefect import flow, task


@task
def fail():
    raise ValueError("first")


@task
def inc(x):
    return x + 1


def masked(value):
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", str(value))


@flow
def main():
    a = fail.submit()
    b = inc.submit(a)
    c = inc.submit(b)
    d = inc.submit([c, a])
    e = inc.submit(1)
    for future in (a, b, c, d, e):
        future.wait()
        print(masked(future.state), future.state.type.value, future.state.is_final())
    print(str(b.state.state_details.task_run_id) in d.state.message or str(c.task_run_id) in d.state.message)
    print(str(a.task_run_id) in b.state.message, str(b.task_run_id) in c.state.message)
    try:
        c.result(raise_on_failure=False)
    except Exception as error:
        print(type(error).__name__, error)


main()
