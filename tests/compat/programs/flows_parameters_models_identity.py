# Values that are valid already stay the objects that they are.
from pydantic import BaseModel

from prefect import flow


class Config(BaseModel):
    depth: int


class Plain:
    pass


@flow
def main(config: Config, plain: Plain, items: list):
    return config, plain, items


config, plain, items = Config(depth=1), Plain(), [1]
returned = main(config, plain, items)
print(returned[0] is config, returned[1] is plain, returned[2] == items)
try:
    main(config, "no plain", items)
except Exception as error:
    print(type(error).__name__, error)
