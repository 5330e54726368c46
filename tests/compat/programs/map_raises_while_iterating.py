from prefect import flow, task


@task
def show(x):
    return x


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def broken():
    yield 1
    raise RuntimeError("no more")


class BadIter:
    def __iter__(self):
        raise ValueError("cannot iterate")


class NotReallyIterable:
    __iter__ = None


@flow
def main():
    print(attempt(lambda: show.map(broken())))
    print(attempt(lambda: show.map(BadIter())))
    print(attempt(lambda: show.map(NotReallyIterable())).split(".")[0])


main()
