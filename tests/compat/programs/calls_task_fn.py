from prefect import flow, task


@task(retries=5)
def double(x):
    """Double a number."""
    return 2 * x


@flow(name="Main flow")
def main(x):
    """Run it."""
    return double(x)


print(double.fn(4), double.fn.__name__, double.__name__, double.__doc__)
print(main.name, main.fn.__name__, main.__name__, main.__doc__)
print(double.name, double.description, main.description)
print(double.retries, double.isasync, main.isasync)
