from prefect import flow, task

tries = []


@task(retries=2, retry_delay_seconds=0.1, retry_jitter_factor=0.5)
def unsteady():
    tries.append(1)
    if len(tries) < 3:
        raise ValueError
    return len(tries)


print(unsteady.retry_jitter_factor)
print(unsteady())
