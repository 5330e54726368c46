from dataclasses import dataclass
from datetime import date

from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@dataclass
class Config:
    a: int
    b: list


@task(cache_policy=INPUTS)
def work(x):
    calls.append(1)
    return x


VALUES = [
    None,
    1.5,
    "text",
    b"bytes",
    (1, 2),
    [1, [2, {"k": (3,)}]],
    {"a": 1, "b": [2]},
    {1, 2, 3},
    Config(1, [2]),
    date(2024, 2, 29),
    range(3),
]


@flow
def main():
    for value in VALUES:
        print(work(value, return_state=True).name, work(value, return_state=True).name, work(value) == value)
    print(len(calls))


main()
