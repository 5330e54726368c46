from prefect import flow, task


@task
def only(a, b, /, c, *, d):
    return a, b, c, d


@task
def names(self, fn, name, args, kwargs):
    return self, fn, name, args, kwargs


@flow
def main():
    print(only(1, 2, 3, d=4))
    print(only.submit(1, 2, c=3, d=4).result())
    print(names.submit(1, 2, 3, 4, 5).result(), names(1, 2, 3, args=4, kwargs=5))


main()
