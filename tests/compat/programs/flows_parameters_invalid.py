from typing import Literal

from pydantic import BaseModel, Field

from prefect import flow


class Config(BaseModel):
    depth: int = Field(gt=0)


@flow
def main(a: int, b: list[int] = [], c: Config = Config(depth=1), d: Literal["x", "y"] = "x"):
    return "ran"


def attempt(*args, **kwargs):
    try:
        print(main(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)


attempt("one")
attempt(1.5)
attempt(None)
attempt(1, b="text")
attempt(1, b=[1, "x", "y"])
attempt(1, c={"depth": 0})
attempt(1, c={"depth": "a", "extra": 1})
attempt("a", b=1, c=2, d="z")
state = main("one", return_state=True)
print(state, state.is_failed())
