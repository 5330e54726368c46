from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


class Own(Exception):
    pass


@task
def fail(x):
    raise Own(x)


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def main():
    future = fail.submit([1])
    errors = []
    for _ in range(2):
        try:
            future.result()
        except Own as error:
            errors.append(error)
    print(errors[0] is errors[1], errors[0].args)
    print(future.result(raise_on_failure=False) is errors[0], future.state.result(raise_on_failure=False) is errors[0])
    return 1


main()
