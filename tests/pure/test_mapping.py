"""What a map goes through, decided before anything runs; and what a function may be called with."""

from __future__ import annotations

import functools
import inspect
import io
from collections.abc import Callable
from typing import Any

import pytest

from hpcflow import allow_failure, quote, task, unmapped
from hpcflow._mapping import plan_map
from hpcflow._parameters import Parameters, as_call
from hpcflow.errors import (
    MappingLengthMismatch,
    MappingMissingIterable,
    ParameterBindError,
    ReservedArgumentError,
    UpstreamTaskError,
)
from hpcflow.futures import CompletedFuture
from hpcflow.states import Completed, Failed


def two(a: Any, b: Any = 9) -> None: ...
def rest(a: Any, *more: Any, **named: Any) -> None: ...
def strict(a: Any, /, b: Any, *, c: Any) -> None: ...


class Sequence:
    """Iterable by the old protocol."""

    def __getitem__(self, index: int) -> int:
        if index == 2:
            raise IndexError
        return index


class KeyValue(dict[str, int]):
    pass


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ([1, 2], [1, 2]),
        ((1, 2), [1, 2]),
        (range(2), [0, 1]),
        ({"x": 1, "y": 2}, ["x", "y"]),
        (KeyValue(x=1), ["x"]),
        ((n for n in (1, 2)), [1, 2]),
        (Sequence(), [0, 1]),
        (bytearray(b"ab"), [97, 98]),
        ([], []),
    ],
    ids=repr,
)
def test_what_is_mapped(value: Any, items: list[Any]) -> None:
    mapping = plan_map(Parameters(two), (value,), {})
    assert (mapping.count, mapping.names, mapping.columns, mapping.static) == (len(items), ("a",), (items,), {})


@pytest.mark.parametrize("value", ["text", b"bytes", 7, None, io.StringIO("a\nb\n")], ids=repr)
def test_what_is_not(value: Any) -> None:
    mapping = plan_map(Parameters(two), ([1], value), {})
    assert mapping.static == {"b": value}
    with pytest.raises(
        MappingMissingIterable, match=r"^No iterable parameters were received\. Parameters for map must"
    ):
        plan_map(Parameters(two), (value,), {})


def test_lengths_must_be_equal() -> None:
    with pytest.raises(MappingLengthMismatch, match=r"Got lengths: \{'a': 1, 'b': 2\}"):
        plan_map(Parameters(two), ([1], [1, 2]), {})


def test_annotations() -> None:
    assert plan_map(Parameters(two), ([1], unmapped([2])), {}).static == {"b": [2]}
    assert plan_map(Parameters(two), ([1], allow_failure(unmapped([2]))), {}).static == {"b": [2]}
    assert plan_map(Parameters(two), (quote([1, 2]),), {}).columns == ([quote(1), quote(2)],)
    assert plan_map(Parameters(two), ([1], quote(5)), {}).static == {"b": quote(5)}


def test_a_future_of_a_list_is_resolved_first() -> None:
    listed = CompletedFuture[list[int]]("load", Completed(data=[1, 2]))
    assert plan_map(Parameters(two), (listed,), {}).columns == ([1, 2],)
    assert plan_map(Parameters(two), ([1], unmapped(listed)), {}).static == {"b": listed}
    failed = CompletedFuture[list[int]]("load", Failed())
    with pytest.raises(
        UpstreamTaskError, match=r"^Upstream task run '[0-9a-f-]{36}' did not reach a 'COMPLETED' state\.$"
    ):
        plan_map(Parameters(two), (failed,), {})


def test_rows() -> None:
    parameters = Parameters(rest)
    mapping = plan_map(parameters, ([1, 2],), {"x": ["p", "q"], "y": 0})
    assert list(mapping.rows(parameters)) == [((1,), {"y": 0, "x": "p"}), ((2,), {"y": 0, "x": "q"})]
    assert as_call(Parameters(strict), {"a": 1, "b": 2, "c": 3}) == ((1, 2), {"c": 3})


CALLS: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = [
    (two, (1,), {}),
    (two, (1, 2), {}),
    (two, (), {"a": 1}),
    (two, (1,), {"b": 2}),
    (two, (), {}),
    (two, (1, 2, 3), {}),
    (two, (1,), {"a": 2}),
    (two, (), {"b": 2}),
    (two, (1,), {"z": 2}),
    (rest, (1, 2, 3), {"z": 4}),
    (rest, (), {"z": 4}),
    (rest, (1, 2), {"a": 4}),
    (strict, (1, 2), {"c": 3}),
    (strict, (1,), {"b": 2, "c": 3}),
    (strict, (1, 2), {}),
    (strict, (), {"a": 1, "b": 2, "c": 3}),
    (strict, (1, 2, 3), {}),
]


@pytest.mark.parametrize(("fn", "args", "kwargs"), CALLS)
def test_check_accepts_what_a_call_does(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    parameters = Parameters(fn)
    try:
        fn(*args, **kwargs)
    except TypeError:
        with pytest.raises(ParameterBindError, match=f"Error binding parameters for function '{fn.__name__}'"):
            parameters.check(args, kwargs)
    else:
        parameters.check(args, kwargs)


@pytest.mark.parametrize(("fn", "args", "kwargs"), CALLS)
def test_arguments_by_name_are_those_of_inspect(
    fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    try:
        bound = inspect.signature(fn).bind(*args, **kwargs)
    except TypeError:
        return
    for parameters in (Parameters(fn), Parameters(functools.partial(fn))):
        assert list(parameters.bind(args, kwargs).items()) == list(bound.arguments.items())
    bound.apply_defaults()
    for parameters in (Parameters(fn), Parameters(functools.partial(fn))):
        assert list(parameters.with_defaults(args, kwargs).items()) == list(bound.arguments.items())


def test_a_builtin_without_signature_takes_anything() -> None:
    Parameters(dict.fromkeys).check((1, 2), {})


@pytest.mark.parametrize("name", ["wait_for", "return_state"])
def test_reserved_names(name: str) -> None:
    scope: dict[str, Any] = {}
    exec(f"def fn({name}): ...", scope)
    with pytest.raises(ReservedArgumentError, match=f"'{name}' is a reserved argument name"):
        task(scope["fn"])


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"retires": 1}, TypeError, "unexpected keyword argument 'retires'"),
        ({"retries": -1}, ValueError, "retries must be a whole number of at least 0"),
        ({"retries": 1, "retry_delay_seconds": "2"}, TypeError, "Invalid `retry_delay_seconds` provided"),
        (
            {"retries": 1, "retry_delay_seconds": [1, -2]},
            ValueError,
            "retry_delay_seconds must be a number of at least 0",
        ),
        ({"retry_delay_seconds": [1] * 51}, ValueError, "Can not configure more than 50 retry delays per task"),
        ({"name": 3}, TypeError, "name must be a text"),
        ({"task_run_name": 3}, TypeError, "Expected string or callable for 'task_run_name'"),
        ({"tags": "one"}, TypeError, "tags must be several texts"),
    ],
)
def test_bad_options_are_refused_where_they_are_written(
    options: dict[str, Any], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=f"task 'two'.*{text}|{text}"):
        task(**options)(two)


def test_what_is_read_from_code_is_what_the_signature_says() -> None:
    def plain(a: int, b: int = 2, /, c: int = 3, *rest: int, d: int, e: int = 5, **more: int) -> None: ...
    def bare() -> None: ...
    def named(*, only: int) -> None: ...
    async def waits(a: int, *rest: int) -> None: ...

    for fn in (plain, bare, named, waits, lambda x, **more: (x, more)):
        read = Parameters(fn)
        told = Parameters(functools.partial(fn))
        for name in ("positional", "named", "var_positional", "var_keyword", "_required", "_least", "_most"):
            assert getattr(read, name) == getattr(told, name), (fn, name)
