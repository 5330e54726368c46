from prefect import flow, task


@task
def some_long_name():
    pass


@task(name="Given name")
def other():
    pass


def factory():
    @task
    def inside():
        pass

    return inside


class Callable:
    def __call__(self):
        return 1


print(some_long_name.name, other.name, factory().name, task(lambda: 1).name, task(Callable()).name)
print(flow(lambda: 1).name, flow(name="Flow: a")(lambda: 1).name)
