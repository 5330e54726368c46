import re

from prefect import flow, task


@task
def fail():
    raise ValueError("no list")


@task
def show(x):
    return x


def masked(value):
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", str(value))


@flow
def main():
    broken = fail.submit()
    try:
        show.map(broken)
    except Exception as error:
        print(type(error).__name__, masked(error))
    futures = show.map([broken, 1])
    futures.wait()
    print([masked(future.state.name) for future in futures])


main()
