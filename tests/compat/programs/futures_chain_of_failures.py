from prefect import allow_failure, flow, task


@task
def first():
    raise ValueError("first")


@task
def second(x):
    return f"second {x}"


@task
def third(x):
    return f"third {type(x).__name__}"


@flow
def main():
    one = first.submit()
    two = second.submit(one)
    three = third.submit(two)
    for future in (one, two, three):
        future.wait()
    print([future.state.name for future in (one, two, three)])
    print([future.state.type.value for future in (one, two, three)])
    print(third.submit(allow_failure(one)).result())
    print(second.submit(allow_failure(one)).result())
    print(third.submit(allow_failure(two)).result())
    return "end"


print(main())
