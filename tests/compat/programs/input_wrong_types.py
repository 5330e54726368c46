from prefect import flow, task


def attempt(call):
    try:
        call()
        return "no error"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def plain(x):
    return x


print(attempt(lambda: task(plain, retry_delay_seconds="soon")))
print(attempt(lambda: task(plain, retries=60, retry_delay_seconds=list(range(51)))))
print(attempt(lambda: task(plain, retry_jitter_factor=-1)))
print(attempt(lambda: task(plain, retry_condition_fn=5)))
print(attempt(lambda: task(plain, task_run_name=5)))
print(attempt(lambda: flow(plain, flow_run_name=5)))
print(attempt(lambda: flow(plain, name=5)))
print(attempt(lambda: flow(plain, name=lambda: "x")))
