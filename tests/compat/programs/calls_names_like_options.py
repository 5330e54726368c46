from prefect import flow, task


@task
def submit(task, parameters, name, fn, self_=1):
    return task, parameters, name, fn, self_


@task
def keyword(args, kwargs):
    return args, kwargs


@flow
def main():
    print(submit("t", "p", "n", "f"), submit.submit(task="t", parameters={}, name="n", fn=1).result())
    print(keyword(1, 2), keyword.submit(args=(1,), kwargs={"a": 1}).result())
    print(keyword.map(args=[1, 2], kwargs=5).result())


main()
