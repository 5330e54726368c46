from prefect import allow_failure, flow, task
from prefect.futures import as_completed, wait
from prefect.task_runners import ProcessPoolTaskRunner


class Own(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


@task
def fail(code):
    raise Own(code)


@task
def show(value):
    return repr(value)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def main():
    futures = fail.map([1, 2])
    done, not_done = wait(futures)
    print(len(done), len(not_done), [str(future.state) for future in futures])
    for future in as_completed(futures):
        try:
            future.result()
        except Own as error:
            assert error.code in (1, 2)
    print([error.code for error in futures.result(raise_on_failure=False)])
    print(show.submit(allow_failure(futures[0])).result())
    print(fail.submit(3, return_state=True))
    return "end"


if __name__ == "__main__":
    print(main())
