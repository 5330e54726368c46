from prefect import flow, task


class Detailed(Exception):
    def __init__(self, message, *, code, items=()):
        super().__init__(message)
        self.code = code
        self.items = list(items)

    def __str__(self):
        return f"[{self.code}] {self.args[0]}"


class Child(Detailed):
    pass


@task
def fail(kind):
    if kind == "child":
        raise Child("deep", code=7, items=[1, 2])
    if kind == "unicode":
        b"\xff".decode()
    if kind == "os":
        open("/no/such/file")
    if kind == "attribute":
        None.missing
    if kind == "import":
        import no_such_module  # noqa: F401
    if kind == "json":
        __import__("json").loads("{")
    if kind == "index":
        [][1]
    if kind == "type":
        "a" + 1
    raise SystemError("other")


@flow
def main():
    for kind in ("child", "unicode", "os", "attribute", "import", "json", "index", "type", "other"):
        future = fail.submit(kind)
        future.wait()
        print(future.state.message)
        error = future.result(raise_on_failure=False)
        print(type(error).__name__, error, error.args)
    try:
        fail.submit("child").result()
    except Detailed as error:
        print(type(error) is Child, error.code, error.items, error)
    try:
        fail.submit("os").result()
    except FileNotFoundError as error:
        print(error.errno, error.filename, error.strerror)
    try:
        fail.submit("json").result()
    except ValueError as error:
        print(error.pos, error.lineno, error.doc)
    return 1


main()
