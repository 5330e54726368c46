from prefect import flow, task


@task
def count(n):
    for i in range(n):
        yield i


@task
def total(xs):
    return sum(xs)


@flow
def main():
    print(list(count(3)), count.submit(3).result())
    print(total.submit(count.submit(4)).result())
    print(total(list(count(3))))
    print(count.map([1, 2]).result())


main()
