"""Small helpers for collections, where scripts written for Prefect look for them."""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from hpcflow.annotations import BaseAnnotation, opaque

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")

__all__ = [
    "StopVisiting",
    "batched_iterable",
    "dict_to_flatdict",
    "distinct",
    "ensure_iterable",
    "flatdict_to_dict",
    "isiterable",
    "listrepr",
    "visit_collection",
]


def isiterable(obj: Any) -> bool:
    """Tell whether this is a collection: not a text, bytes, or an open file.

    Example:
        >>> isiterable([1]), isiterable("text")
        (True, False)
    """
    import io  # lazy: loaded long since

    return isinstance(obj, Iterable) and not isinstance(obj, str | bytes | io.IOBase)


def ensure_iterable(obj: T | Iterable[T]) -> Iterable[T]:
    """Give a collection as it is, and anything else as a list of one.

    Example:
        >>> ensure_iterable(1), ensure_iterable((1, 2))
        ([1], (1, 2))
    """
    return obj if isinstance(obj, Iterable) and isiterable(obj) else [obj]  # type: ignore[list-item]  # T, then


def listrepr(objs: Iterable[Any], sep: str = " ") -> str:
    """Give the reprs, joined.

    Example:
        >>> listrepr([1, "a"])
        "1 'a'"
    """
    return sep.join(map(repr, objs))


def batched_iterable(iterable: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Give the items in tuples of this size; the last one may be shorter.

    Example:
        >>> list(batched_iterable("abc", 2))
        [('a', 'b'), ('c',)]
    """
    items = iter(iterable)
    while batch := tuple(itertools.islice(items, size)):
        yield batch


def distinct(iterable: Iterable[T], key: Callable[[T], Hashable] | None = None) -> Iterator[T]:
    """Give each item once, the first of those with equal keys.

    Example:
        >>> list(distinct([1, 2, 1])), list(distinct(["a", "b", "cc"], key=len))
        ([1, 2], ['a', 'cc'])
    """
    seen: set[Any] = set()
    for item in iterable:
        mark = item if key is None else key(item)
        if mark not in seen:
            seen.add(mark)
            yield item


def dict_to_flatdict(dct: dict[Any, Any]) -> dict[tuple[Any, ...], Any]:
    """Give a dict of dicts as one, by the keys on the way.

    Example:
        >>> dict_to_flatdict({"a": {"b": 1}, "c": 2})
        {('a', 'b'): 1, ('c',): 2}
    """
    flat: dict[tuple[Any, ...], Any] = {}
    for key, value in dct.items():
        if isinstance(value, dict) and value:
            flat |= {(key, *rest): item for rest, item in dict_to_flatdict(value).items()}
        else:
            flat[(key,)] = value
    return flat


def flatdict_to_dict(dct: dict[tuple[Any, ...], Any]) -> dict[Any, Any]:
    """Undo `dict_to_flatdict`.

    Example:
        >>> flatdict_to_dict({("a", "b"): 1, ("c",): 2})
        {'a': {'b': 1}, 'c': 2}
    """
    nested: dict[Any, Any] = {}
    for keys, value in dct.items():
        inner = nested
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = value
    return nested


class StopVisiting(BaseException):
    """Raised by a visitor: what it was given is not gone into."""


def visit_collection(
    expr: Any,
    visit_fn: Callable[..., Any],
    *,
    return_data: bool = False,
    max_depth: int = -1,
    context: dict[str, Any] | None = None,
    remove_annotations: bool = False,
) -> Any:
    """Call a function for a value and, depth first, for all that it consists of; with `return_data` give what it makes of them.

    Lists, tuples, sets, dicts, dataclasses, pydantic's models and annotations are gone into, `max_depth` levels of them. A `context`
    is the function's second argument, a copy for each level.

    Example:
        >>> visit_collection(
        ...     [1, {"a": (2,)}], lambda item: item + 1 if isinstance(item, int) else item, return_data=True
        ... )
        [2, {'a': (3,)}]
    """
    visit = _Visit(visit_fn, return_data, remove_annotations)
    made = visit(expr, max_depth, context)
    return made if return_data else None


class _Visit:
    def __init__(self, fn: Callable[..., Any], return_data: bool, remove_annotations: bool) -> None:
        self._fn = fn
        self._returns = return_data
        self._unwraps = remove_annotations
        self._seen: dict[int, tuple[Any, Any]] = {}  # what was met, kept alive, and what was made of it

    def __call__(self, value: Any, depth: int, context: dict[str, Any] | None) -> Any:
        try:
            given = self._fn(value) if context is None else self._fn(value, context)
        except StopVisiting:
            return value
        value = given if self._returns else value
        if depth == 0:
            return value
        if id(value) in self._seen:
            return self._seen[id(value)][1]
        self._seen[id(value)] = value, value

        def inner(part: Any) -> Any:
            return self(part, depth - 1, None if context is None else context.copy())

        made = (
            self._of_annotation(value, inner, context) if isinstance(value, BaseAnnotation) else _rebuilt(value, inner)
        )
        self._seen[id(value)] = value, made
        return made

    def _of_annotation(self, annotation: Any, inner: Callable[[Any], Any], context: dict[str, Any] | None) -> Any:
        if context is not None:
            context["annotation"] = annotation
        value = annotation.unwrap()
        made = self(value, 0, context) if isinstance(annotation, opaque) else inner(value)
        if self._unwraps:
            return made
        return annotation if made is value else annotation.rewrap(made)


def _rebuilt(value: Any, inner: Callable[[Any], Any]) -> Any:
    """Give a collection of what `inner` makes of its parts: itself, where it makes no others of them."""
    if isinstance(value, list | tuple | set):
        items = list(value)
        made = [inner(item) for item in items]
        if not _differ(items, made):
            return value
        return type(value)._make(made) if hasattr(value, "_make") else type(value)(made)
    if isinstance(value, dict):
        pairs = [part for pair in value.items() for part in pair]
        made = [inner(part) for part in pairs]
        return type(value)(zip(made[::2], made[1::2], strict=True)) if _differ(pairs, made) else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        made = [inner(part) for part in fields.values()]
        changed = dict(zip(fields, made, strict=True))
        return dataclasses.replace(value, **changed) if _differ(list(fields.values()), made) else value
    pydantic = sys.modules.get("pydantic")
    if pydantic is not None and isinstance(value, pydantic.BaseModel):
        fields = dict(value)
        made = [inner(part) for part in fields.values()]
        changed = dict(zip(fields, made, strict=True))
        return value.model_copy(update=changed) if _differ(list(fields.values()), made) else value
    return value


def _differ(before: list[Any], after: list[Any]) -> bool:
    return any(one is not other for one, other in zip(before, after, strict=True))
