from prefect import allow_failure, flow, task


@task
def fail():
    raise ValueError("root")


@task
def passes(x):
    return x


@task
def cleanup(*results):
    return [type(result).__name__ for result in results]


@flow
def main():
    broken = fail.submit()
    fine = passes.submit(1)
    not_ready = passes.submit(broken)
    print(cleanup.submit(allow_failure(broken), allow_failure(fine), allow_failure(not_ready)).result())
    print(cleanup(allow_failure(broken), fine))
    print(cleanup.submit(1, wait_for=[allow_failure(broken)]).result())
    print(cleanup.submit(1, wait_for=allow_failure([broken, fine])).result())
    print(cleanup.map([1, 2], wait_for=[allow_failure(broken)]).result() if False else "skipped")
    return "done"


print(main())
