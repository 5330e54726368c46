from prefect import flow, task
from prefect.futures import PrefectFuture
from prefect.utilities.annotations import opaque, quote


@task
def inc(x):
    return x + 1


@task
def look(x):
    return type(x).__name__, str(x)


@flow
def main():
    print(look(quote([1, 2])), look.submit(quote([1, 2])).result())
    print(look(quote("text")), look.submit(quote({"a": 1})).result())
    print(look(opaque([1, 2])), look.submit(opaque([1, 2])).result())
    a = inc.submit(1)
    print(look(opaque(a)), look.submit(opaque(a)).result())
    print(quote(5).unquote(), quote(5).unwrap(), opaque(6).unwrap(), quote(1) == quote(1), repr(quote([1])))


main()
