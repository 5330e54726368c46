from dataclasses import dataclass

from pydantic import BaseModel

from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


class Config(BaseModel):
    rate: float
    names: list[str]


@dataclass
class Point:
    x: int
    y: int


@task(cache_policy=INPUTS, persist_result=True)
def work(config, point):
    calls.append(1)
    return config.rate + point.x


@flow
def main():
    print(work(Config(rate=1, names=["a"]), Point(1, 2)))
    print(work(Config(rate=1, names=["a"]), Point(1, 2)))
    print(work(Config(rate=1, names=["b"]), Point(1, 2)))
    print(work(Config(rate=1, names=["a"]), Point(1, 3)))
    print(len(calls))


main()
