from prefect import flow, task


@task
def make(n):
    return bytes(n)


@task
def measure(data):
    return len(data)


@flow
def main():
    data = make.submit(3_000_000)
    print(measure(data), measure.submit(data).result())
    print(measure.map([data, make.submit(10)]).result())
    return len(data.result())


print(main())
