from prefect import flow, task

attempts = []


@task
def inc(x):
    return x + 1


@flow(retries=2)
def main(fail_times):
    attempts.append(len(attempts))
    value = inc(len(attempts))
    if len(attempts) <= fail_times:
        raise ValueError(f"attempt {len(attempts)}")
    return value


state = main(2, return_state=True)
print(state, state.result(), attempts)
attempts.clear()
state = main(5, return_state=True)
print(state, attempts)
attempts.clear()
try:
    main(5)
except ValueError as error:
    print("raised", error)
attempts.clear()
print(main(0), attempts)
attempts.clear()
print(main.with_options(retries=0)(1, return_state=True), attempts)
