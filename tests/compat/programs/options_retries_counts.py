from prefect import flow, task
from prefect.runtime import task_run

seen = []


@task(retries=3, retry_delay_seconds=0)
def flaky(until):
    seen.append(task_run.run_count)
    if len(seen) < until:
        raise RuntimeError(f"attempt {len(seen)}")
    return f"done at {len(seen)}"


@flow
def main():
    print(flaky(3), seen)
    seen.clear()
    state = flaky(9, return_state=True)
    print(state.name, state.message, seen)
    seen.clear()
    print(flaky.with_options(retries=1)(2), seen)
    seen.clear()
    try:
        flaky.with_options(retries=0)(2)
    except RuntimeError as error:
        print(error, seen)


main()
