from prefect import flow, task


@task
def fail(x):
    raise ValueError(f"bad {x}")


@flow
def main():
    try:
        fail(1)
    except ValueError as error:
        print("caught", error)
    try:
        fail.submit(2).result()
    except ValueError as error:
        print("caught", error)
    fail.submit(3).wait()
    return "fine"


state = main(return_state=True)
print(state, state.result())
