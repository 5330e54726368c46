from prefect import flow, task
from prefect.futures import wait


@task
def square(x):
    return x * x


@flow
def main():
    futures = {x: square.submit(x) for x in range(5)}
    wait(list(futures.values()))
    print({x: future.result() for x, future in futures.items()})
    groups = {"even": square.map([0, 2]), "odd": square.map([1, 3])}
    print({name: group.result() for name, group in groups.items()})
    done, _ = wait([future for group in groups.values() for future in group])
    print(sorted(future.result() for future in done))
    return {"results": [future.result() for future in futures.values()]}


print(main())
