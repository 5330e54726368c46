from prefect import flow, task


@task
def step(x):
    return x + 1


@task
def is_big(x):
    return x > 3


@flow
def main(limit: int = 10):
    x = 0
    while not is_big(x):
        x = step(x)
    print(x)
    future = step.submit(0)
    for _ in range(4):
        future = step.submit(future)
    print(future.result())
    if is_big.submit(future).result():
        print("big")
    futures = []
    for i in range(limit):
        if i % 3:
            continue
        futures.append(step.submit(i))
    return [future.result() for future in futures]


print(main(), main(4))
