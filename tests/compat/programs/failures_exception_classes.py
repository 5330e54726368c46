from prefect import flow, task


class Own(Exception):
    def __init__(self, code, detail="none"):
        super().__init__(f"code {code}")
        self.code = code
        self.detail = detail


@task
def raises(kind):
    if kind == "own":
        raise Own(7, detail="deep")
    if kind == "chain":
        try:
            {}["x"]
        except KeyError as error:
            raise RuntimeError("outer") from error
    if kind == "group":
        raise ExceptionGroup("many", [ValueError("a"), KeyError("b")])
    if kind == "assert":
        assert 1 == 2, "not equal"
    if kind == "zero":
        return 1 / 0
    if kind == "stop":
        raise StopIteration("ended")
    raise OSError(2, "No such file", "name.txt")


@flow
def main():
    for kind in ("own", "chain", "group", "assert", "zero", "os"):
        future = raises.submit(kind)
        try:
            future.result()
        except Exception as error:
            print(type(error).__name__, error, error.args)
        print(future.state.message)
    try:
        raises("own")
    except Own as error:
        print(error.code, error.detail)
    try:
        raises("chain")
    except RuntimeError as error:
        print(repr(error.__cause__))
    return 1


main()
