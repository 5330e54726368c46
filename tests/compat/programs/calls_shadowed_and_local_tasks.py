from prefect import flow, task


def make(factor):
    @task(name=f"times {factor}")
    def times(x):
        return x * factor

    return times


@flow
def main():
    twice, thrice = make(2), make(3)
    print(twice(2), thrice.submit(2).result(), twice.map([1, 2]).result(), thrice.name)
    local = 10

    @task
    def add_local(x):
        return x + local

    print(add_local(1), add_local.submit(2).result(), add_local.map([3]).result())
    tasks = {name: task(fn) for name, fn in {"upper": str.upper, "title": str.title}.items()} if False else {}
    print(tasks, task(lambda x: x + local).submit(5).result())
    chain = twice.submit(thrice.submit(add_local.submit(0)))
    print(chain.result())


main()
