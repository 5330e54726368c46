from prefect import flow, task


@task
def inc(x):
    return x + 1


seen = []


@flow
def main(kind):
    future = inc.submit(1)
    if kind == "before":
        raise RuntimeError("before")
    seen.append(future.result())
    if kind == "after":
        raise RuntimeError("after")
    return future


for kind in ("before", "after", "none"):
    try:
        print(main(kind))
    except RuntimeError as error:
        print("raised", error)
    print(main(kind, return_state=True))
print(seen)
