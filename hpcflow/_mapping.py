"""What `map` is to do: which arguments it goes through, and which every run receives as they are.

The rules are Prefect's: what can be iterated is mapped, except text, bytes and files; a dict gives its keys; `unmapped` says
that it is not; defaults never are. All iterables must have one length. Everything is decided before anything runs.
"""

from __future__ import annotations

import io
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from hpcflow._named_tuples import NamedTuple
from hpcflow._parameters import as_call
from hpcflow.annotations import BaseAnnotation, allow_failure, unmapped
from hpcflow.errors import MappingLengthMismatch, MappingMissingIterable, UpstreamTaskError
from hpcflow.futures import PrefectFuture, not_completed
from hpcflow.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpcflow._parameters import Parameters

# What costs no more in each row than a reference to it would.
_SMALL = frozenset({type(None), bool, int, float})


class Mapping(NamedTuple):
    """Hold the runs of a map as columns: `columns[k][i]` is what run i receives for the parameter `names[k]`."""

    count: int  # type: ignore[assignment]  # a tuple's own, which nobody asks a map for
    names: tuple[str, ...]
    columns: tuple[list[Any], ...]
    static: dict[str, Any]  # for each further parameter, what every run receives

    def rows(self, parameters: Parameters) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
        """Give the arguments of each run: what a runner needs that can do no better."""
        for item in range(self.count):
            yield as_call(parameters, self.arguments(item))

    def arguments(self, item: int) -> dict[str, Any]:
        """Give the arguments of one run by name."""
        return self.static | {name: column[item] for name, column in zip(self.names, self.columns, strict=True)}

    def by_position(self, positional: tuple[str, ...]) -> Mapping:
        """Make small static values columns, where every run then receives its first parameters by position and no more.

        That is the fastest way to the workers: a static value is else looked at by each run.

        Example:
            >>> Mapping(2, ("b",), ([1, 2],), {"a": 0}).by_position(("a", "b", "c"))
            Mapping(count=2, names=('a', 'b'), columns=([0, 0], [1, 2]), static={})
        """
        names = positional[: len(self.names) + len(self.static)]
        if not self.static or {*names} != {*self.names, *self.static}:
            return self
        if not all(type(value) in _SMALL for value in self.static.values()):
            return self
        mapped = dict(zip(self.names, self.columns, strict=True))
        columns = tuple([mapped[name] if name in mapped else [self.static[name]] * self.count for name in names])
        return Mapping(self.count, names, columns, {})


def plan_map(parameters: Parameters, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Mapping:
    """Sort a map's arguments into those that it goes through and the others.

    Raises:
        MappingLengthMismatch: the iterables have unequal lengths.
        MappingMissingIterable: there is nothing to go through.
        UpstreamTaskError: a future that stands for a whole argument has no value to go through.

    Example:
        >>> from hpcflow._parameters import Parameters
        >>> planned = plan_map(Parameters(lambda number, scale: None), (range(3), 10), {})
        >>> planned.names, planned.columns, planned.static
        (('number',), ([0, 1, 2],), {'scale': 10})
    """
    arguments = parameters.bind(args, kwargs)
    if parameters.var_keyword is not None:
        arguments.update(arguments.pop(parameters.var_keyword, {}))
    columns: dict[str, list[Any]] = {}
    static: dict[str, Any] = {}
    passing: dict[int, str] = {}  # iterators, by identity: each can be gone through once
    for name, given in arguments.items():
        value = _resolved(given)
        annotation = value if isinstance(value, BaseAnnotation) and not isinstance(value, unmapped) else None
        inner = _resolved(annotation.unwrap(), allows_failure=True) if annotation is not None else value
        if isinstance(inner, unmapped):
            static[name] = inner.unwrap()
        elif is_mapped(inner):
            _refuse_used(inner, name, passing)
            items = list(inner)
            columns[name] = items if annotation is None else [annotation.rewrap(item) for item in items]
        else:
            static[name] = value
    _check_lengths(columns, arguments)
    return Mapping(len(next(iter(columns.values()))), tuple(columns), tuple(columns.values()), static)


def is_mapped(value: object) -> bool:
    """Tell whether `map` goes through a value.

    Example:
        >>> is_mapped([1]), is_mapped("text"), is_mapped(7)
        (True, False, False)
    """
    if isinstance(value, str | bytes | io.IOBase):
        return False
    try:
        iter(value)  # type: ignore[call-overload]  # the question
    except TypeError:
        return False
    return True


def _refuse_used(value: Any, name: str, passing: dict[int, str]) -> None:
    """Raise for an iterator that has nothing more to give: it would silently map to nothing."""
    if iter(value) is not value:
        return
    other = passing.setdefault(id(value), name)
    if other != name:
        raise MappingMissingIterable(
            f"The same {type(value).__name__} was given for {other!r} and {name!r}, and can be gone through only once: "
            "make a list of it first."
        )
    if isinstance(value, GeneratorType) and value.gi_frame is None:
        raise MappingMissingIterable(
            f"The generator given for {name!r} has been gone through already: make a list of it, and give that each time."
        )


def _check_lengths(columns: dict[str, list[Any]], arguments: dict[str, Any]) -> None:
    if not columns:
        raise MappingMissingIterable(
            "No iterable parameters were received. Parameters for map must include at least one iterable. "
            f"Parameters: {arguments}"
        )
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise MappingLengthMismatch(
            "Received iterable parameters with different lengths. Parameters for map must all be the same length. "
            f"Got lengths: {lengths}"
        )


def _resolved(value: Any, *, allows_failure: bool = False) -> Any:
    """Give the value that a future, or a state, stands for: its items are what is mapped."""
    if isinstance(value, allow_failure) and isinstance(value.value, unmapped):
        # Given to every run as it is; where it is a future's value, it may be a failure.
        inner = value.value.unwrap()
        return unmapped(value.rewrap(inner) if isinstance(inner, PrefectFuture | State) else inner)
    if isinstance(value, allow_failure) and isinstance(value.value, PrefectFuture | State):
        return value.rewrap(_resolved(value.value, allows_failure=True))
    if isinstance(value, PrefectFuture):
        value.wait()
        state = value.state
    elif isinstance(value, State):
        state = value
    else:
        return value
    if not state.is_completed() and not (allows_failure and state.is_failed()):
        raise UpstreamTaskError(not_completed(value))
    return state.result_now(raise_on_failure=False)
