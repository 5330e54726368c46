# A flow that changes its argument.
from prefect import flow


@flow
def change(items: list):
    items.append("changed")
    return items


@flow
def change_untyped(items):
    items.append("changed")
    return items


mine = [1]
print(change(mine), mine)
mine = [1]
print(change_untyped(mine), mine)
