from prefect import flow, task
from prefect.futures import as_completed, wait


@task
def inc(x):
    return x + 1


@flow
def main():
    a = inc.map([1, 2])
    b = inc.map([3])
    c = inc.submit(4)
    done, not_done = wait(a + b + [c])
    print(len(done), len(not_done), sorted(future.result() for future in done))
    print(sorted(future.result() for future in as_completed([*a, *b, c])))
    print([future.result() for group in (a, b) for future in group], type(a + b).__name__)
    a.extend(b)
    print(a.result(), len(a), type(a).__name__)
    print(sum(a.result()), max(inc.map(range(5)).result()))
    first, second, third = a
    print(first.result(), second.result(), third.result(), a[-1].result(), [future.result() for future in a[1:]])


main()
