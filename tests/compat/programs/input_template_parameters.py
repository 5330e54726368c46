from prefect import flow, task
from prefect.runtime import task_run


def name(*args, **kwargs):
    return task_run.name


@flow
def main():
    print(task(lambda x, y=2: name(), task_run_name="{x}-{y}")(1))
    print(task(lambda **options: name(), task_run_name="{options}")(a=1))
    print(task(lambda *items: name(), task_run_name="{items}")(1, 2))
    print(task(lambda x: name(), task_run_name="{x!r:>6}|{x:03d}")(7))
    print(task(lambda x: name(), task_run_name="{x.real}/{x.imag}")(3))
    print(task(lambda x: name(), task_run_name="{x[key]}")({"key": "v"}))
    print(task(lambda x: name(), task_run_name="100% {{done}}")(3))
    print(task(lambda x: name(), task_run_name="{x:%Y}")(__import__("datetime").date(2024, 1, 1)))
    print(task(lambda x: name(), task_run_name="{x}").map([1, 2]).result())
    print(task(lambda x: name(), task_run_name="é {x}").submit("ü").result())


main()
