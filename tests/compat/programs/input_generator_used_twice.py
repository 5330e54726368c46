from prefect import flow, task


@task
def inc(x, y=0):
    return x + y


@flow
def main():
    numbers = (i for i in range(3))
    print(inc.map(numbers).result())
    print(inc.map(numbers).result())


main()
