from prefect import flow, task


@task
def fail():
    raise ValueError("last")


@task
def fine():
    return 1


@flow
def last_failed():
    fine.submit().wait()
    fail.submit().wait()


@flow
def returns_failed():
    return fail.submit()


@flow
def returns_both():
    return fine.submit(), fail.submit()


@flow
def returns_value():
    fail.submit().wait()
    return 1


def attempt(call):
    try:
        return repr(call())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


for run in (last_failed, returns_failed, returns_both, returns_value):
    state = run(return_state=True)
    print(run.name, state, "|", attempt(state.result) if run is not returns_both else attempt(state.result)[:30])
print(attempt(returns_failed), attempt(returns_value))
