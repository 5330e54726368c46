from prefect import task


def hook(task, run, state):
    print("hook", state.name)


@task(name="base", retries=2, tags=["a"], description="d", log_prints=True, on_completion=[hook])
def base(x):
    return x


new = base.with_options(name="new", tags=["b"], retries=0)
print(new.name, sorted(new.tags), new.retries, new.description, new.log_prints, len(new.on_completion_hooks))
print(base.name, sorted(base.tags), base.retries)
print(new is base, new.fn is base.fn, new(1))
more = new.with_options(on_completion=[], timeout_seconds=5, retry_delay_seconds=1)
print(len(more.on_completion_hooks), more.timeout_seconds, more.retry_delay_seconds, more.name)
try:
    base.with_options(unknown=1)
except TypeError:
    print("TypeError")
