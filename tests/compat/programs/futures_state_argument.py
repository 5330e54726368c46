import re

from prefect import flow, task
from prefect.states import Completed, Failed


@task
def inc(x):
    return x + 1


@task
def fail():
    raise ValueError("no")


def masked(value):
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|None", "<id>", str(value))


@flow
def main():
    good = inc(1, return_state=True)
    print(inc(good), inc.submit(good).result(), inc.submit([good][0]).result())
    bad = fail(return_state=True)
    state = inc(bad, return_state=True)
    print(masked(state))
    later = inc.submit([bad])
    later.wait()
    print(later.state.name)
    print(inc(Completed(data=10)), inc.submit(Completed(data=20)).result())
    failed = inc(Failed(message="made"), return_state=True)
    print(masked(failed))


main()
