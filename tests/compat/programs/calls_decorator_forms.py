from prefect import flow, task


@task
def bare():
    return "bare"


@task()
def called():
    return "called"


@task(name="given", description="words", version="7")
def named():
    """Not the description."""
    return "named"


def plain(x):
    """Say it."""
    return x


wrapped = task(plain)
wrapped_too = task(plain, name="other")
plain_flow = flow(plain)
called_flow = flow(name="called flow")(plain)
for item in (bare, called, named, wrapped, wrapped_too, plain_flow, called_flow):
    print(type(item).__name__, item.name, item.description, item.version if item is named else "")
print(bare(), called(), named(), wrapped(1), wrapped_too(2), plain_flow(3), called_flow(4))
