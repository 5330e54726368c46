from prefect import allow_failure, flow, task


@task
def fail():
    raise ValueError("upstream")


@task
def after(x):
    return x


@flow
def main():
    broken = fail.submit()
    print(after.submit(1, wait_for=[allow_failure(broken)]).result())
    print(after(2, wait_for=allow_failure(broken)))
    print(after.map([3, 4], wait_for=[allow_failure(broken)]).result())
    return "done"


print(main())
