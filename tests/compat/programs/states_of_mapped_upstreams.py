import re

from prefect import flow, task


@task
def half(x):
    if x % 2:
        raise ValueError(f"{x} is odd")
    return x // 2


@task
def total(xs):
    return sum(xs)


def masked(value):
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", str(value))


@flow
def main():
    halves = half.map([2, 3, 4])
    later = total.submit(halves)
    later.wait()
    print(masked(later.state), later.state.is_pending(), later.state.is_final())
    last = total.submit([later])
    last.wait()
    print(masked(last.state.message), last.state.name)
    print(masked(total(halves, return_state=True)))
    chained = half.map(halves)
    chained.wait()
    print([masked(future.state.name) for future in chained])
    try:
        chained[1:].copy()[0].result()
    except Exception as error:
        print(type(error).__name__, error)
    return 0


main()
