# Flow parameters that are objects, seen from tasks.
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel

from prefect import flow, task
from prefect.runtime import flow_run


class Config(BaseModel):
    rate: float
    name: str = "c"


@dataclass
class Point:
    x: int
    y: int


@task
def look():
    return flow_run.parameters


@flow
def main(config: Config, point, day: date, path: Path):
    print(flow_run.parameters)
    print(look())
    print(look.submit().result())


main(Config(rate=1), Point(1, 2), date(2024, 1, 2), Path("/tmp/x"))
