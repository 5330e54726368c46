from prefect import flow, task


@task
def maybe(x):
    if x % 2:
        raise ValueError(f"odd {x}")
    return x


@flow
def main():
    futures = maybe.map(range(5))
    futures.wait()
    for future in futures:
        print(future.state)
    print(futures.result(raise_on_failure=False))
    try:
        [future.result() for future in futures]
    except ValueError as error:
        print("first in order:", error)
    return futures


state = main(return_state=True)
print(state)
