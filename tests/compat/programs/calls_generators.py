from prefect import flow, task


@task
def numbers(n):
    for i in range(n):
        yield i


@task
def stops(n):
    for i in range(n):
        if i == 2:
            return "stopped"
        yield i


@task
def inc(x):
    return x + 1


@flow
def main():
    print(list(numbers(3)))
    print([inc(n) for n in numbers(3)])
    print([inc.submit(n).result() for n in numbers(3)])
    print(numbers.submit(4).result())
    print(inc.map(numbers.submit(3)).result())
    print(inc.map(numbers(3)).result())
    print(sum(numbers(5)))
    generator = numbers(3)
    print(next(generator), next(generator), next(generator), next(generator, "over"))
    print(list(stops(5)))


main()
