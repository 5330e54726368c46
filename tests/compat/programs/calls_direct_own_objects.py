# A direct call runs in the caller's process and on the caller's own objects.
import os

from prefect import flow, task

seen = []


@task
def remember(x):
    seen.append(x)
    return os.getpid()


@task
def change(items):
    items.append("changed")
    return items


@task
def give_back(thing):
    return thing


@flow
def main():
    assert remember("a") == os.getpid()
    remember("b")
    mine = ["mine"]
    theirs = change(mine)
    print(seen, theirs)
    thing = object()
    print(give_back(thing) is thing)


main()
print(seen)
