from prefect import flow, task
from prefect.runtime import task_run

seen = []


@task(retries=1, on_failure=[lambda task, run, state: seen.append(("failure", state.name))], on_completion=[lambda task, run, state: seen.append(("done", state.name))])
def unsteady(fails):
    if task_run.run_count <= fails:
        raise ValueError("again")
    return task_run.run_count


@flow
def main():
    print(unsteady(1), unsteady(2, return_state=True))
    print(unsteady.submit(1).result(), unsteady.submit(2, return_state=True))
    return 1


main()
print(seen)
