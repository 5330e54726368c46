from typing import Any, Callable, Sequence, Union

from typing_extensions import TypedDict

from prefect import flow
from prefect.exceptions import ParameterTypeError


class Row(TypedDict):
    name: str
    n: int


@flow
def main(a: Any = None, seq: Sequence[int] = (), row: Union[Row, None] = None, either: Union[int, list[int], str] = 0, pair: tuple[int, str] = (1, "a"), fn: Callable = len, flag: bool = False):
    return a, seq, row, either, pair, fn([1]), flag


print(main())
print(main(a=object, seq=["1", 2], either="5", pair=["3", "b"], flag="true")[1:])
print(main(row={"name": "x", "n": "3"})[2])
for kwargs in ({"pair": (1,)}, {"flag": "maybe"}, {"row": {"name": "x"}}, {"fn": 5}):
    try:
        main(**kwargs)
    except ParameterTypeError as error:
        print(error)
