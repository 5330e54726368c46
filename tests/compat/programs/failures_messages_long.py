from prefect import flow, task


class Quiet(Exception):
    def __str__(self):
        return ""


@task
def fail(kind):
    if kind == "empty":
        raise ValueError
    if kind == "quiet":
        raise Quiet()
    if kind == "multi":
        raise ValueError("line one\nline two")
    if kind == "args":
        raise ValueError("a", 1, None)
    if kind == "unicode":
        raise ValueError("é ✓ 漢")
    raise KeyError("key")


@flow
def main():
    for kind in ("empty", "quiet", "multi", "args", "unicode", "key"):
        future = fail.submit(kind)
        future.wait()
        print(repr(future.state.message))
        print(fail(kind, return_state=True))
    return 0


main()
