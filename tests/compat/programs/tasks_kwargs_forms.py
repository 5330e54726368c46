from prefect import flow, task


@task
def work(a, /, b, *args, c=3, **more):
    return a, b, args, c, more


@flow
def main():
    print(work(1, 2), work(1, b=2), work(1, 2, 3, 4, c=5, d=6))
    print(work.submit(1, 2, 3, z=1).result(), work.submit(1, b=5).result())


main()
