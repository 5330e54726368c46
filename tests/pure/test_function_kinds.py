"""What a function gives when it is called: as inspect has it."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from hpcflow._function_kinds import (
    CO_ASYNC_GENERATOR,
    CO_COROUTINE,
    CO_GENERATOR,
    is_async_generator_function,
    is_coroutine_function,
    is_generator_function,
)


def plain() -> int:
    return 1


async def awaited() -> int:
    return 1


def listed() -> Iterator[int]:
    yield 1


async def listed_async() -> AsyncIterator[int]:
    yield 1


class Callables:
    async def awaited(self) -> int:
        return 1

    async def __call__(self) -> int:
        return 1

    def listed(self) -> Iterator[int]:
        yield 1


@functools.wraps(awaited)
def wrapped() -> Any:
    return awaited()


def functions() -> list[Callable[..., Any]]:
    several: list[Callable[..., Any]] = [plain, awaited, listed, listed_async, wrapped, print, Callables]
    several += [functools.partial(one) for one in several]
    made = Callables()
    several += [made, made.awaited, made.listed, functools.partial(made.awaited)]
    if sys.version_info >= (3, 12):

        def marked() -> Any:
            return awaited()

        several += [inspect.markcoroutinefunction(marked), functools.partial(marked)]
    return several


@pytest.mark.parametrize("fn", functions(), ids=repr)
def test_kinds_are_those_of_inspect(fn: Callable[..., Any]) -> None:
    assert is_coroutine_function(fn) == inspect.iscoroutinefunction(fn)
    assert is_generator_function(fn) == inspect.isgeneratorfunction(fn)
    assert is_async_generator_function(fn) == inspect.isasyncgenfunction(fn)


def test_flags_are_those_of_inspect() -> None:
    assert (CO_GENERATOR, CO_COROUTINE) == (inspect.CO_GENERATOR, inspect.CO_COROUTINE)
    assert CO_ASYNC_GENERATOR == inspect.CO_ASYNC_GENERATOR
