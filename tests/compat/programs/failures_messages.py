from prefect import flow, task


class OwnError(Exception):
    pass


class Twofold(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)


ERRORS = {
    "value": lambda: ValueError("x"),
    "empty": lambda: ValueError(),
    "key": lambda: KeyError("k"),
    "own": lambda: OwnError("mine"),
    "two": lambda: Twofold(1, "b"),
    "lines": lambda: RuntimeError("a\nb"),
    "os": lambda: FileNotFoundError(2, "No such file", "name"),
    "assertion": lambda: AssertionError("not so"),
    "stop": lambda: LookupError(3),
}


@task
def fail(kind):
    raise ERRORS[kind]()


@flow
def flow_fails(kind):
    raise ERRORS[kind]()


@flow
def main():
    for kind in ERRORS:
        print(kind, repr(fail(kind, return_state=True).message), fail.submit(kind, return_state=True).message)


main()
for kind in ERRORS:
    print(kind, repr(flow_fails(kind, return_state=True).message))
