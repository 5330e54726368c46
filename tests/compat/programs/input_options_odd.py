from prefect import flow, task


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def plain(x=1):
    return x


def fails():
    raise ValueError("bad")


print(attempt(lambda: task(plain, retries=-1)(2)))
print(attempt(lambda: str(task(fails, retries=-1)(return_state=True))))
print(attempt(lambda: task(plain, timeout_seconds="soon")))
print(attempt(lambda: task(plain, timeout_seconds=0)(3)))
print(attempt(lambda: sorted(task(plain, tags=["a", "b"]).tags)))
print(attempt(lambda: task(plain, retry_jitter_factor=0).retry_jitter_factor))
print(task(plain).retry_jitter_factor, task(plain, retry_jitter_factor=0.5).retry_jitter_factor)
print(attempt(lambda: task(plain, retry_condition_fn="x")))
print(attempt(lambda: flow(plain, retries=-1)(2)))
print(attempt(lambda: flow(plain, timeout_seconds="soon")))
