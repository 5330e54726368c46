from prefect import task

tries = []


@task(retries=2, retry_delay_seconds=[0.01, 0.02])
def unsteady(good_at):
    tries.append(1)
    if len(tries) < good_at:
        raise ValueError(f"try {len(tries)}")
    return len(tries)


print(unsteady(3))
tries.clear()
print(unsteady(9, return_state=True), len(tries))
