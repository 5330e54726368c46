from typing import Annotated, Optional

from pydantic import Field

from prefect import flow


@flow
def main(
    a: Annotated[int, Field(ge=0)] = 5,
    b: Optional[int] = None,
    c: "int" = 3,
    d: float | None = None,
):
    return a, b, c, d


print(main(), main("1", "2", "3", "4"), main(d=5))
for arguments in ({"a": -1}, {"b": "x"}, {"c": "y"}, {"d": "z"}):
    try:
        main(**arguments)
    except Exception as error:
        print(type(error).__name__, error)
