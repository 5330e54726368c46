from prefect import flow, task


@task
def maybe(x):
    if x > 2:
        raise RuntimeError(f"too large: {x}")
    return x


@flow
def main():
    return maybe.map([0, 1, 2, 3]).result()


try:
    main()
except RuntimeError as error:
    print("flow raised", type(error).__name__)
state = main(return_state=True)
print(state.name, state.message)
