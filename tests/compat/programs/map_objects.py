from dataclasses import dataclass
from datetime import date

from prefect import flow, task


@dataclass(frozen=True)
class Config:
    name: str
    depth: int = 2


@task
def train(config, day):
    return f"{config.name} {config.depth} {day:%d.%m.%Y}"


@flow
def main():
    configs = [Config("a"), Config("b", 3)]
    print(train.map(configs, date(2024, 2, 29)).result())
    print(train.map(config=Config("c"), day=[date(2024, 1, 1), date(2024, 1, 2)]).result())


main()
