from prefect import flow, task
from prefect.states import Failed

tries = []


@task(retries=2)
def give_failed():
    tries.append(1)
    if len(tries) < 3:
        return Failed(message=f"try {len(tries)}")
    return "good"


@task(retries=1)
def always():
    tries.append(1)
    return Failed(message="always")


@flow
def main():
    print(give_failed(return_state=True), len(tries))
    tries.clear()
    print(always(return_state=True), len(tries))


main()
