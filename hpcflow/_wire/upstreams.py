"""Futures that stand inside arguments, at any depth: what travels in their place, and what takes it again.

A future cannot travel; the value of its run can. While a call's arguments are encoded, this thread *collects*: a future that
is met appends itself to a list and reduces to "the upstream value number k" (`reduce_future`). In the worker, `decode` runs
within `upstream_values`, and number k is replaced by the value. Since pickle itself walks the arguments, futures are found in
lists, dicts, sets, dataclasses and models alike, at no cost where there are none.

Used by `codec` (to collect), `hpcflow.futures` (its `__reduce__` calls `reduce_future`) and the worker's loop (to supply the
values). A future that is pickled while nobody collects is a mistake, and says so.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class _Surroundings(threading.local):
    """What holds in this thread, now."""

    futures: list[Any] | None = None  # where futures go that are met while pickling; None: not collecting
    values: Sequence[object] | None = None  # what upstream_value picks from; None: not within upstream_values
    quoting: list[Any] | None = None  # the `futures` for which a quoted value is being pickled


surroundings = _Surroundings()  # read by the codec directly: a call would double the cost of asking


class collect_futures:  # noqa: N801 - reads as the verb that it is: `with collect_futures() as found`
    """Let futures be pickled within this block, and yield the list that they are appended to.

    Example:
        >>> with collect_futures() as found:
        ...     _ = reduce_future("a future")
        >>> found
        ['a future']
    """

    # A class, not a generator: this stands on the path of every submit whose arguments are not plain, and costs a third.
    __slots__ = ("_before", "_found")

    def __init__(self, found: list[Any] | None = None) -> None:
        self._found: list[Any] = [] if found is None else found

    def __enter__(self) -> list[Any]:
        self._before = surroundings.futures
        surroundings.futures = self._found
        return self._found

    def __exit__(self, *_: object) -> None:
        surroundings.futures = self._before


def collecting() -> list[Any] | None:
    """Give the list that futures are being collected into in this thread, or None.

    Example:
        >>> collecting() is None
        True
    """
    return surroundings.futures


def is_quoted() -> bool:
    """Tell whether what is pickled now stands in a quote: states and annotations there are values like others.

    Example:
        >>> is_quoted()
        False
    """
    return surroundings.quoting is not None and surroundings.quoting is surroundings.futures


def reduce_quoted(value: object) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Reduce a value to itself, with what stands within it left as it is.

    Pickle walks the three parts in order, so the marks around the value are met before and after it. After an error the
    second one is not met: then `quoting` is a list that nobody collects into any more, which counts as nothing.
    """
    return _between, (_QuoteMark(opens=True), value, _QuoteMark(opens=False))


class _QuoteMark:
    """Begin or end a quoted value when it is pickled; a new one each time, since pickle meets an object only once."""

    def __init__(self, *, opens: bool) -> None:
        self._opens = opens

    def __reduce__(self) -> tuple[type[int], tuple[()]]:
        surroundings.quoting = surroundings.futures if self._opens else None
        return int, ()


def _between(_: object, value: object, __: object) -> object:
    return value


def reduce_future(future: Any) -> tuple[Callable[[int], object], tuple[int]]:
    """Reduce a future to a reference to its run's value: what its `__reduce__` returns.

    Raises TypeError while nobody collects.

    Example:
        >>> reduce_future("a future")
        Traceback (most recent call last):
        TypeError: a future (str) cannot be pickled by itself: its run belongs to this process. Pass it as an argument \
to .submit() or .map(), at any depth, and the task receives the value; or take its .result() first.
    """
    found = surroundings.futures
    if found is None:
        raise TypeError(
            f"a future ({type(future).__name__}) cannot be pickled by itself: its run belongs to this process. "
            "Pass it as an argument to .submit() or .map(), at any depth, and the task receives the value; "
            "or take its .result() first."
        )
    # The pickler memoizes the future itself, so the same future met twice in one value is one upstream and one value.
    found.append(future)
    return upstream_value, (len(found) - 1,)


@contextmanager
def upstream_values(values: Sequence[object]) -> Iterator[None]:
    """Decode within this block what was encoded while collecting: future number k becomes `values[k]`.

    Example:
        >>> with upstream_values(["first", "second"]):
        ...     upstream_value(1)
        'second'
    """
    before, surroundings.values = surroundings.values, values
    try:
        yield
    finally:
        surroundings.values = before


def upstream_value(index: int) -> object:
    """Stand in a pickle for a future: give the value of upstream run number `index`.

    Example:
        >>> upstream_value(0)
        Traceback (most recent call last):
        RuntimeError: these arguments hold the value of an upstream run (number 0) and can only be decoded where that \
value is supplied
    """
    if surroundings.values is None:
        raise RuntimeError(
            f"these arguments hold the value of an upstream run (number {index}) and can only be decoded where that "
            "value is supplied"
        )
    return surroundings.values[index]
