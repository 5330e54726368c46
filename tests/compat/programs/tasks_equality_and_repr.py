from prefect import flow, task


@task
def one():
    pass


@flow
def two():
    pass


print(one == one, one == one.with_options(), hash(one) == hash(one), one in {one: 1}, two in [two])
print(one.__module__, one.__qualname__, two.__module__, two.__qualname__, callable(one.fn))
print(type(one).__module__.split(".")[-1], type(two).__module__.split(".")[-1], type(one).__name__, type(two).__name__)
