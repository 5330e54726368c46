"""Flow parameters: what passes without pydantic, and what pydantic makes of the rest."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union

import pydantic
import pytest

from hpcflow import flow
from hpcflow._parameters import Parameters
from hpcflow._validation import _NOT_PLAIN, Validation, plain
from hpcflow.errors import ConfigurationError, ParameterTypeError


class Point(pydantic.BaseModel):
    x: int
    y: list[float] = []


@dataclasses.dataclass
class Size:
    width: int
    name: str = "none"


class Colour(enum.Enum):
    RED = "red"


class Opaque:
    pass


def checked(hint: Any, value: Any) -> Any:
    def one(given: Any) -> Any:
        return given

    one.__annotations__ = {"given": hint}
    return flow(one)(value)


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (int, 3),
        (str, "a"),
        (Any, object()),
        (object, 3),
        (None, None),
        (list, [1, "a"]),
        (list[int], [1, 2]),
        (list[list[str]], [["a"], []]),
        (dict[str, int], {"a": 1}),
        (tuple[int, str], (1, "a")),
        (tuple[int, ...], (1, 2, 3)),
        (set[int], {1, 2}),
        (Optional[int], None),  # noqa: UP045 - as people write it
        (Union[int, str], "4"),  # noqa: UP007 - as people write it
        (int | list[int], 4),
        (list[int] | None, [4]),
    ],
)
def test_plain_values_need_no_pydantic(hint: Any, value: Any) -> None:
    made = plain(hint, value)
    assert made is not _NOT_PLAIN
    assert made == value
    assert type(made) is type(value)
    if hint not in (Any, object):
        assert pydantic.TypeAdapter(hint).validate_python(value) == made


@pytest.mark.parametrize(
    ("hint", "value"),
    [(int, "3"), (int, True), (float, 3), (list[int], [1, "2"]), (dict[str, int], {1: 1}), (tuple[int, int], (1,))],
)
def test_others_are_pydantics(hint: Any, value: Any) -> None:
    assert plain(hint, value) is _NOT_PLAIN


def test_containers_are_copies() -> None:
    given = [1, 2]
    assert plain(list, given) is not given
    assert plain(list[int], given) is not given


@pytest.mark.parametrize(
    ("hint", "value", "made"),
    [
        (int, "3", 3),
        (float, 3, 3.0),
        (bool, 1, True),
        (list[int], ("1", 2), [1, 2]),
        (set[int], [1, "2"], {1, 2}),
        (Point, {"x": "1", "y": [1, "2"]}, Point(x=1, y=[1.0, 2.0])),
        (Size, {"width": "1"}, Size(1)),
        (Colour, "red", Colour.RED),
        (dt.datetime, "2020-01-02T03:04:05", dt.datetime(2020, 1, 2, 3, 4, 5)),
        (dt.timedelta, 5, dt.timedelta(seconds=5)),
        (Path, "/a", Path("/a")),
        (Callable, math.sqrt, math.sqrt),
        (int | str, "4", "4"),
    ],
)
def test_values_are_converted(hint: Any, value: Any, made: Any) -> None:
    given = checked(hint, value)
    assert given == made
    assert type(given) is type(made)


@pytest.mark.parametrize(
    ("hint", "value", "text"),
    [
        (int, "q", "given: Input should be a valid integer, unable to parse string as an integer"),
        (str, 3, "given: Input should be a valid string"),
        (Point, {"y": "q"}, "given.x: Field required\n - given.y: Input should be a valid list"),
        (Opaque, 3, "given: Input should be an instance of Opaque"),
        (Literal["a"], "c", "given: Input should be 'a'"),
        (Annotated[int, pydantic.Field(gt=3)], 2, "given: Input should be greater than 3"),
    ],
)
def test_what_does_not_fit(hint: Any, value: Any, text: str) -> None:
    with pytest.raises(ParameterTypeError) as raised:
        checked(hint, value)
    assert str(raised.value) == f"Flow run received invalid parameters:\n - {text}"


def test_the_state_of_a_flow_whose_parameters_do_not_fit() -> None:
    calls = []

    @flow(retries=2)
    def count(number: int) -> None:
        calls.append(number)

    state: Any = count("q", return_state=True)
    assert state.name == "Failed"
    assert state.message.startswith(
        "Validation of flow parameters failed with error: ParameterTypeError: Flow run received invalid parameters:\n - number:"
    )
    assert isinstance(state.result(raise_on_failure=False), ParameterTypeError)
    assert not calls


def test_all_kinds_of_parameters() -> None:
    @flow
    def gather(first: int, /, second: int, *rest: int, third: float = 2, **more: str) -> Any:
        return first, second, rest, third, more

    given: Any = gather
    assert given("1", "2", "3", third="4", other=5) == (1, 2, ("3",), 4.0, {"other": 5})
    assert given(1, second="2") == (1, 2, (), 2.0, {})


def test_defaults_are_converted_too() -> None:
    @flow
    def give(number: int = "3") -> Any:  # type: ignore[assignment]  # the point
        return number

    assert give() == 3
    assert type(give()) is int


def test_names_that_pydantic_forbids() -> None:
    @flow
    def give(_hidden: int, model_config: int, json: int, copy: int) -> Any:
        return _hidden, model_config, json, copy

    assert give("1", "2", "3", "4") == (1, 2, 3, 4)  # type: ignore[call-overload]  # the point


def test_forward_references() -> None:
    assert Validation(Parameters(later)).validated({"point": {"x": "1"}}) == {"point": Later(x=1)}


def later(point: Later) -> Any:
    return point


class Later(pydantic.BaseModel):
    x: int


def test_names_that_cannot_be_resolved_are_not_checked() -> None:
    def unknown(one: Any, other: Any) -> Any:
        return one, other

    unknown.__annotations__ = {"one": "Nowhere", "other": "int"}
    assert flow(unknown)(1, "2") == (1, 2)


def test_hints_that_pydantic_cannot_take() -> None:
    with pytest.raises(ConfigurationError, match="not compatible with `validate_parameters`"):
        checked(3, 3)


def test_validation_can_be_switched_off() -> None:
    @flow(validate_parameters=False)
    def give(number: int) -> Any:
        return number

    assert give("1") == "1"  # type: ignore[call-overload]  # the point
    assert give.with_options(validate_parameters=True)("1") == 1  # type: ignore[call-overload]  # the point


def test_methods() -> None:
    class Model:
        @flow
        def fit(self, steps: int) -> Any:
            return type(self).__name__, steps

        @flow
        @classmethod
        def title(cls, steps: int) -> Any:
            return cls.__name__, steps

        @flow
        @staticmethod
        def double(steps: int) -> Any:
            return 2 * steps

    model: Any = Model()
    assert model.fit("3") == ("Model", 3)
    assert model.title("3") == ("Model", 3)
    assert model.double("3") == 6
