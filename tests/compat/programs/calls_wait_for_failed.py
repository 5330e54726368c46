import re

from prefect import flow, task


@task
def fail():
    raise ValueError("upstream")


@task
def after(x):
    return x


def masked(value):
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", str(value))


@flow
def main():
    broken = fail.submit()
    later = after.submit(1, wait_for=[broken])
    later.wait()
    print(masked(later.state))
    single = after.submit(1, wait_for=broken)
    single.wait()
    print(single.state.name, single.state.type.value)
    direct = after(1, wait_for=[broken], return_state=True)
    print(masked(direct.message))
    try:
        later.result()
    except Exception as error:
        print(type(error).__name__, error)
    return 1


print(main())
