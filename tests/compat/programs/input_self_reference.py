from prefect import flow, task


@task
def size(items):
    return len(items)


@flow
def main():
    items = [1, 2]
    items.append(items)
    from prefect.utilities.annotations import quote

    return size(quote(items))


print(main())
