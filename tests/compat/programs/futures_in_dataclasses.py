from dataclasses import dataclass, field
from typing import Any

from prefect import flow, task


@dataclass
class Job:
    name: str
    data: Any
    parts: list = field(default_factory=list)


@dataclass(frozen=True)
class Inner:
    job: Job


@task
def inc(x):
    return x + 1


@task
def show(job):
    return job


@flow
def main():
    a, b = inc.submit(0), inc.submit(1)
    job = Job("one", a, [a, b])
    print(show(job))
    print(show.submit(job).result())
    print(job.data is a)
    print(show.submit([Job("two", {"x": b})]).result())


main()
