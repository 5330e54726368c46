from typing import Optional

from pydantic import BaseModel, field_validator

from prefect import flow
from prefect.exceptions import ParameterTypeError


class Inner(BaseModel):
    n: int

    @field_validator("n")
    @classmethod
    def positive(cls, value):
        if value < 0:
            raise ValueError("must be positive")
        return value


class Outer(BaseModel):
    inner: Inner
    many: list[Inner] = []
    maybe: Optional[Inner] = None


@flow
def main(outer: Outer, extra: dict[str, Inner] = {}):
    return outer.inner.n, [each.n for each in outer.many], outer.maybe, {key: type(value).__name__ for key, value in extra.items()}


print(main({"inner": {"n": "1"}, "many": [{"n": 2}]}, {"k": {"n": 3}}))
try:
    main({"inner": {"n": -1}, "many": [{"n": "x"}]})
except ParameterTypeError as error:
    print(error)
