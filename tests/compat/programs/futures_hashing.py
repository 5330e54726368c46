from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    a, b = inc.submit(1), inc.submit(1)
    print(a == a, a == b, a != b, len({a, b, a}))
    names = {a: "first", b: "second"}
    print(names[a], names[b], a in [b, a])
    print(type(a.task_run_id).__name__, a.task_run_id == a.task_run_id, a.task_run_id == b.task_run_id)
    a.wait()
    print(a == a, a in names)


main()
