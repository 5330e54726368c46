import time

from prefect import flow

times = []


@flow(retries=2, retry_delay_seconds=0.5)
def main():
    times.append(time.monotonic())
    if len(times) < 3:
        raise ValueError("again")
    return "made it"


print(main())
print(all(later - earlier >= 0.4 for earlier, later in zip(times, times[1:])), len(times))
