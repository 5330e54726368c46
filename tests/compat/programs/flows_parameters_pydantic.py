from enum import Enum
from typing import Literal, Optional, Union

from pydantic import BaseModel, Field

from prefect import flow
from prefect.exceptions import ParameterTypeError


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Model(BaseModel):
    count: int = Field(gt=0)
    names: list[str] = []


@flow
def main(
    model: Model,
    colour: Colour = Colour.RED,
    size: Literal["s", "m"] = "s",
    limit: Optional[int] = None,
    either: Union[int, str] = 1,
    pairs: dict[str, float] = {},
):
    return model, colour, size, limit, either, pairs


print(main({"count": "3", "names": ["a"]}))
print(main(Model(count=1), "blue", "m", "5", "x", {"a": "1.5"}))
for kwargs in (
    {"model": {"count": 0}},
    {"model": {"count": 1}, "colour": "green"},
    {"model": {"count": 1}, "size": "xl"},
    {"model": {"count": 1}, "limit": "many"},
    {"model": 5},
):
    try:
        main(**kwargs)
    except ParameterTypeError as error:
        print(type(error).__name__, error)
