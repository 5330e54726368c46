from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def gives_future(x):
    return inc.submit(x)


@task
def gives_list(x):
    return inc.map([x, x + 1]).result()


@task
def gives_task():
    return inc


@flow
def main():
    print(gives_list(1), gives_list.submit(2).result())
    print(gives_task()(4), gives_task.submit().result()(5))


main()
