from prefect import flow, task, unmapped


@task
def three(x, y, z=0):
    return x, y, z


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    print(attempt(lambda: three.map([1], [1, 2], z=[1, 2, 3])))
    print(attempt(lambda: three.map(range(2), "text", z={1: 1})))
    print(attempt(lambda: three.map((i for i in range(3)), [1])))
    print(attempt(lambda: three.map([1, 2], unmapped([1, 2, 3])).result()))
    print(attempt(lambda: three.map([], [1])))
    print(attempt(lambda: three.map({1, 2}, {1: 2})))
    print(attempt(lambda: three.map(1, 2, 3)))
    print(attempt(lambda: three.map("a", None, z=2.5)))
    print(attempt(lambda: three.map(unmapped([1, 2]), unmapped([1]))))
    print(attempt(lambda: three.map()))


main()
