import re
import time

from prefect import flow, task


@task
def slow(x):
    time.sleep(x)
    return x


@flow
def main():
    future = slow.submit(1.5)
    try:
        future.result(timeout=0.1)
    except TimeoutError as error:
        print(type(error).__name__, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", str(error)))
        print(str(future.task_run_id) in str(error))
    print(future.wait(timeout=0.1))
    print(future.state.is_final())
    print(future.result(timeout=60))
    print(future.state.is_final(), future.state.name)


main()
