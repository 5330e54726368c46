"""What pickle knows by name alone, or refuses, and is made anew of its parts."""

from __future__ import annotations

import functools
import typing
import weakref
from typing import Any

import pytest

from hpcflow._wire import codec


def through(value: object) -> Any:
    """Send a value as those of scripts go."""
    return codec.decode(codec.dump_by_value(value))


def test_a_cached_function_of_ones_own_arrives_with_an_empty_cache() -> None:
    @functools.lru_cache(maxsize=5, typed=True)
    def triple(number: int) -> int:
        return 3 * number

    triple.note = "mine"  # type: ignore[attr-defined]
    triple(1)
    arrived = through(triple)
    assert (arrived(2), arrived.note, arrived.cache_info().misses) == (6, "mine", 1)
    assert arrived.cache_parameters() == {"maxsize": 5, "typed": True}


def test_a_cached_function_that_calls_itself_is_one() -> None:
    @functools.cache
    def add_up(number: int) -> int:
        return number and number + add_up(number - 1)

    arrived = through(add_up)
    assert arrived(30) == 465
    assert arrived.cache_info().currsize == 31


@functools.cache
def found_by_name() -> None:
    pass


def test_what_is_found_by_name_stays_what_it_is() -> None:
    assert through(found_by_name) is found_by_name
    assert through(Named) is Named


Named = typing.NewType("Named", int)


def test_a_cached_property_goes_with_its_class() -> None:
    class Table:
        @functools.cached_property
        def total(self) -> int:
            return 6

    assert through([Table])[0]().total == 6


def test_new_types_and_type_parameters_of_ones_own() -> None:
    own: Any = typing.NewType("own", int)  # type: ignore[misc]  # of another name
    own.__qualname__ = "elsewhere"
    assert through(own)(3) == 3
    parameters = typing.ParamSpec("parameters")
    assert through(parameters).__name__ == "parameters"


@pytest.mark.skipif(not hasattr(typing, "TypeAliasType"), reason="from Python 3.12 on")
def test_type_aliases_of_ones_own() -> None:
    maker: Any = getattr(typing, "TypeAliasType")  # noqa: B009 - mypy knows an older Python
    assert through(maker("Rows", list[int])).__value__ == list[int]


def test_weak_containers_hold_what_lives() -> None:
    class Thing:
        pass

    thing = Thing()
    kept, by_name, several = through([thing, weakref.WeakValueDictionary(a=thing), weakref.WeakSet([thing])])
    assert by_name["a"] is kept
    assert list(several) == [kept]
