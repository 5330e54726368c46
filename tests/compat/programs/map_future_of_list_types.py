from prefect import flow, task, unmapped


@task
def make(kind):
    return {"list": [1, 2], "tuple": (3, 4), "dict": {"a": 1}, "text": "ab", "number": 5, "range": range(2), "set": {7}}[kind]


@task
def show(x, y=0):
    return x, y


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    for kind in ("list", "tuple", "dict", "range", "set"):
        print(kind, show.map(make.submit(kind)).result())
    print(attempt(lambda: show.map(make.submit("number"))).split(".")[0])
    print(attempt(lambda: show.map(make.submit("text"))).split(".")[0])
    print(show.map([1, 2], make.submit("number")).result())
    print(show.map([1, 2], make.submit("list")).result())
    print(show.map([1, 2], unmapped(make.submit("list"))).result())
    print(show.map([1], y=[make.submit("list")]).result())


main()
