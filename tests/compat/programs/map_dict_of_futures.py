from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def show(table):
    return table


@flow
def main():
    futures = {name: inc.map(range(n)) for name, n in [("a", 2), ("b", 3)]}
    print({name: future_list.result() for name, future_list in futures.items()})
    print(show(futures))
    print(show.submit(futures).result())


main()
