from prefect import flow, task


@task(name="plain", tags=["a"], retries=1, description="adds")
def add(x, y):
    return x + y


changed = add.with_options(name="renamed", retries=3, tags=["b", "c"])
print(add.name, add.retries, sorted(add.tags), add.description)
print(changed.name, changed.retries, sorted(changed.tags), changed.description)
print(changed is not add, changed.fn is add.fn, type(changed) is type(add))
same = add.with_options()
print(same.name, same.retries, sorted(same.tags))
none = add.with_options(retries=0)
print(none.retries)


@flow
def main():
    print(changed(1, 2), changed.submit(3, 4).result())
    print(add.with_options(name="again")(5, 6))
    return changed.with_options(name="third").map([1, 2], [3, 4]).result()


print(main())
