import io

from prefect import flow, task


@task
def pair(x, y):
    return x, y if isinstance(y, (str, bytes)) else y.read()


@flow
def main():
    print(pair.map([1, 2], "text").result())
    print(pair.map([1, 2], b"bytes").result())
    print(pair.map(["a", "b"], y="").result())


main()
