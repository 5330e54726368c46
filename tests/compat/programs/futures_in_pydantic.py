from typing import Any

from pydantic import BaseModel

from prefect import flow, task


class Job(BaseModel):
    name: str
    data: Any = None
    parts: list[Any] = []


@task
def inc(x):
    return x + 1


@task
def show(job):
    return job


@flow
def main():
    a, b = inc.submit(0), inc.submit(1)
    print(show(Job(name="one", data=a, parts=[a, b])))
    print(show.submit(Job(name="one", data=a, parts=[a, b])).result())
    print(show.submit({"job": Job(name="two", data=[b])}).result())
    plain = Job(name="three", data=3)
    print(show(plain) == plain, show.submit(plain).result() == plain)


main()
