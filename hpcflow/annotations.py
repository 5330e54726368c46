"""Annotations: wrappers around an argument that tell how a task is to take it.

    unmapped(value)        `map` gives it to every run as it is
    allow_failure(future)  the run happens although the future's run failed, and receives the exception as the value
    quote(value)           the argument is passed on as it is; futures within are not looked for
    opaque(value)          the same, but a future itself is replaced by its value, into which nobody looks

A task never sees them: they are taken off when a direct call's arguments are resolved, or by their own `__reduce__` when
arguments are encoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from hpcflow._wire.upstreams import collecting, is_quoted, reduce_future, reduce_quoted
from hpcflow._wire.walk import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

__all__ = ["BaseAnnotation", "NotSet", "allow_failure", "opaque", "quote", "unmapped"]


class NotSet:
    """Stand for "was not given" where None is a value."""


class BaseAnnotation(Generic[T]):
    """Hold an argument and what its class says about it.

    Example:
        >>> unmapped([1, 2]), unmapped([1, 2]) == unmapped([1, 2])
        (unmapped([1, 2]), True)
        >>> unmapped([1, 2]).unwrap()
        [1, 2]
    """

    __slots__ = ("value",)

    value: T

    def __new__(cls, value: T) -> Self:
        """Wrap a value: not in __init__, so that Python says of a wrong call what it says in Prefect."""
        made = super().__new__(cls)
        made.value = value
        return made

    def unwrap(self) -> T:
        """Give the argument itself."""
        return self.value

    def rewrap(self, value: T) -> Self:
        """Say the same of another argument.

        Example:
            >>> quote(1).rewrap(2)
            quote(2)
        """
        return type(self)(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BaseAnnotation) and type(self) is type(other) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash((type(self), self.value))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"

    # As a tuple of one: what unpacked an annotation in scripts for Prefect goes on working.
    def __iter__(self) -> Iterator[T]:
        yield self.value

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> T:
        return (self.value,)[index]

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        if collecting() is None or is_quoted():
            return type(self), (self.value,)
        return self._reduced()

    def _reduced(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Give what travels in the annotation's place, as `__reduce__` does."""
        return _itself, (self.value,)


class unmapped(BaseAnnotation[T]):  # noqa: N801 - reads as the word that it is, and is Prefect's
    """Give an iterable argument to every run of a map as it is.

    It is encoded once for the whole map, however large it is.

    Example:
        >>> unmapped([1, 2, 3])
        unmapped([1, 2, 3])
    """

    __slots__ = ()

    def __getitem__(self, _: object) -> T:
        return self.value


class allow_failure(BaseAnnotation[T]):  # noqa: N801 - as above
    """Let a run begin although the run of this future failed; it receives the exception as the value.

    Example:
        >>> from hpcflow import flow, task
        >>> @task
        ... def fail():
        ...     raise ValueError("no data")
        >>> @task
        ... def report(outcome):
        ...     return f"got {outcome!r}"
        >>> @flow
        ... def clean_up():
        ...     return report(allow_failure(fail.submit()))
        >>> clean_up()
        "got ValueError('no data')"
    """

    __slots__ = ()

    def _reduced(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _itself, (replaced(self.value, _marked),)


class quote(BaseAnnotation[T]):  # noqa: N801 - as above
    """Pass an argument on as it is: futures and states within are not looked for.

    Example:
        >>> quote({"a": 1}).unquote()
        {'a': 1}
    """

    __slots__ = ()

    def unquote(self) -> T:
        """Give the argument itself."""
        return self.unwrap()

    def _reduced(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return reduce_quoted(self.value)


class opaque(BaseAnnotation[T]):  # noqa: N801 - as above
    """Pass an argument on without looking into it; a future, or a state, becomes its value all the same.

    Example:
        >>> opaque([1]).unwrap()
        [1]
    """

    __slots__ = ()

    def _reduced(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return super()._reduced() if _is_upstream(self.value) else reduce_quoted(self.value)


class FailureAllowed:
    """Stand for a future, or a state, that `allow_failure` was said of, while arguments are encoded."""

    __slots__ = ("source",)

    def __init__(self, source: object) -> None:
        self.source = source

    def __reduce__(self) -> tuple[Callable[[int], object], tuple[int]]:
        return reduce_future(self)


def _marked(part: Any) -> object:
    return FailureAllowed(part) if _is_upstream(part) else part


def _is_upstream(part: object) -> bool:
    return getattr(part, "is_upstream", False) is True


def _itself(value: T) -> T:
    return value
