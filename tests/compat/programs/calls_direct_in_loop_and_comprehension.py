from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    print([inc(x) for x in range(3)], {x: inc(x) for x in range(2)}, sum(inc(x) for x in range(4)))
    print(list(map(inc, [1, 2])), sorted([3, 1], key=inc), list(filter(inc, [-1, 0])))
    print(inc(inc(inc(0))), inc(*[1]), inc(**{"x": 2}))
    result = inc
    for _ in range(2):
        result = result.with_options(name="again")
    print(result(1), result.name)


main()
