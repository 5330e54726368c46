from typing import Annotated

from pydantic import BaseModel, Field

from prefect import flow
from prefect.exceptions import ParameterTypeError


@flow
def main(n: int = Field(default=3, gt=0), name: Annotated[str, Field(min_length=2)] = "ab"):
    return n, name


print(main())
print(main(5, "xyz"))
for kwargs in ({"n": 0}, {"name": "x"}):
    try:
        print(main(**kwargs))
    except ParameterTypeError as error:
        print(error)
