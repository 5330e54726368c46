import time

from prefect import flow, task

times = []


@task(retries=2, retry_delay_seconds=0.3)
def number():
    times.append(time.monotonic())
    if len(times) < 3:
        raise ValueError
    return "number"


@task(retries=3, retry_delay_seconds=[0.1, 0.4])
def listed():
    times.append(time.monotonic())
    if len(times) < 4:
        raise ValueError
    return "list"


@task(retries=2, retry_delay_seconds=lambda retries: [0.1 * (i + 1) for i in range(retries)])
def called():
    times.append(time.monotonic())
    if len(times) < 3:
        raise ValueError
    return "callable"


def gaps(expected):
    measured = [later - earlier for earlier, later in zip(times, times[1:])]
    times.clear()
    return len(measured) == len(expected) and all(m >= e - 0.02 for m, e in zip(measured, expected))


@flow
def main():
    print(number(), gaps([0.3, 0.3]))
    print(listed(), gaps([0.1, 0.4, 0.4]))
    print(called(), gaps([0.1, 0.2]))


main()
print(number.retry_delay_seconds, listed.retry_delay_seconds, called.retry_delay_seconds)
