from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def show(x):
    return x


@flow
def main():
    a, b = inc.submit(0), inc.submit(1)
    print(show([a, b, 3]), show.submit([a, b, 3]).result())
    print(show((a, (b, [a]))), show.submit((a, (b, [a]))).result())
    print(show({"a": a, "n": {"b": [b]}}), show.submit({"a": a, "n": {"b": [b]}}).result())
    print(show({a: "key"}), show.submit({a: "key"}).result())
    print(show({a, b}), show.submit({a, b}).result())
    print(type(show.submit((a,)).result()).__name__, type(show.submit({a}).result()).__name__)
    print(show.submit([[[[a]]], {"x": (b,)}]).result())


main()
