"""Parameters of a flow, made to fit its type hints as Prefect does it: by pydantic, which is loaded only where it is needed.

Many flows are called with values that already are of the types they ask for: numbers, texts, lists of them. Pydantic would give
back the same values (containers as copies), so those are looked at here, and a script that calls its flows so never pays for
pydantic's import. Everything else is pydantic's: what it accepts, what it makes of it, and what it says.
"""

from __future__ import annotations

import types
import typing
from typing import TYPE_CHECKING, Any

from hpcflow.errors import ConfigurationError, ParameterTypeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._parameters import Parameters

# Of exactly these types a value passes as it is, where its annotation names the type.
_SCALARS = frozenset({int, float, bool, str, bytes, type(None)})
_NOT_PLAIN: Any = object()


class Validation:
    """Check and convert the arguments of one function.

    Example:
        >>> from hpcflow._parameters import Parameters
        >>> def resize(width: int, name: str = "cat", *rest, tags: list[str]): ...
        >>> Validation(Parameters(resize)).validated({"width": "3", "name": "dog", "rest": (1,), "tags": ["a"]})
        {'width': 3, 'name': 'dog', 'rest': (1,), 'tags': ['a']}
    """

    def __init__(self, parameters: Parameters) -> None:
        self._fn = parameters.fn
        self._hints = _resolved_hints(self._fn, parameters.annotations)
        self.has_hints = bool(self._hints)
        self._model: tuple[Any, dict[str, str]] | None = None

    def validated(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Give the arguments, by name, as the hints ask for them. Those of `*args` and `**kwargs` pass as they are.

        Raises:
            ParameterTypeError: some do not fit.
        """
        made = dict(arguments)
        left = []
        for name, hint in self._hints.items():
            value = made[name] = plain(hint, arguments[name])
            if value is _NOT_PLAIN:
                left.append(name)
        if left:
            made |= self._by_pydantic(arguments, left)
        return made

    def _by_pydantic(self, arguments: dict[str, Any], left: list[str]) -> dict[str, Any]:
        from pydantic import ValidationError  # lazy: the door, see above

        if self._model is None:
            self._model = _model_of(self._fn, self._hints)
        model, fields = self._model
        try:
            # All of them, although few may need it: a model's validators may look at each other's fields.
            checked = model.model_validate({name: arguments[name] for name in self._hints})
        except ValidationError as error:
            raise ParameterTypeError.from_validation_error(error) from None
        return {name: getattr(checked, fields[name]) for name in left}


def _resolved_hints(fn: Callable[..., Any], annotated: dict[str, Any]) -> dict[str, Any]:
    """Give the hints with the names in them replaced by what they stand for, where that is known."""
    plain_fn = _unwrapped(getattr(fn, "__func__", fn))
    names = getattr(plain_fn, "__globals__", {})
    enclosing = _closure_of(plain_fn)
    hints = {}
    for name, annotation in annotated.items():
        if _is_scalar(annotation):
            hints[name] = annotation
            continue
        holder = types.SimpleNamespace(__annotations__={name: annotation})
        try:
            hints.update(typing.get_type_hints(holder, names, enclosing, include_extras=True))
        except Exception:  # noqa: BLE001 - whatever evaluating it raises
            continue  # imported for type checkers only, or local: there is nothing to check against
    return hints


def _unwrapped(fn: Any) -> Any:
    if not hasattr(fn, "__wrapped__"):
        return fn
    import inspect  # lazy: it takes long to load, and few flows wrap another function

    return inspect.unwrap(fn)


def _closure_of(fn: Any) -> dict[str, Any]:
    code, cells = getattr(fn, "__code__", None), getattr(fn, "__closure__", None)
    found = {}
    for name, cell in zip(code.co_freevars if code else (), cells or (), strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not yet assigned
            continue
    return found


def _model_of(fn: Callable[..., Any], hints: dict[str, Any]) -> tuple[Any, dict[str, str]]:
    """Make pydantic's model of a function's parameters, and tell which field stands for which."""
    import pydantic  # lazy: the door

    # Fields have names of their own: pydantic forbids some that parameters may have, and warns of others.
    fields = {name: f"p{number}" for number, name in enumerate(hints)}
    definitions: dict[str, Any] = {fields[name]: (hint, pydantic.Field(alias=name)) for name, hint in hints.items()}
    config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    name = getattr(fn, "__name__", "flow").title()
    try:
        model = pydantic.create_model(f"{name}Model", __config__=config, **definitions)
    except Exception as error:
        message = (
            "Flow function is not compatible with `validate_parameters`. "
            f"Disable validation or change the annotations of {getattr(fn, '__name__', fn)!r}: {error}"
        )
        raise ConfigurationError(message) from error
    return model, fields


def plain(hint: Any, value: Any) -> Any:
    """Give what pydantic would make of a value that needs no pydantic; `_NOT_PLAIN` for all others.

    Example:
        >>> plain(list[int], [1, 2]), plain(int | None, None)
        ([1, 2], None)
        >>> plain(int, "1") is _NOT_PLAIN
        True
    """
    if hint is Any or hint is object:
        return value
    kind = type(value)
    if hint is None or _is_scalar(hint):
        return value if kind is (hint or type(None)) else _NOT_PLAIN
    origin = typing.get_origin(hint)
    if origin is typing.Union or origin is types.UnionType:
        return _plain_of_union(typing.get_args(hint), value)
    container = origin or hint
    if kind is not container or kind not in _CONTAINERS:
        return _NOT_PLAIN
    return _CONTAINERS[container](typing.get_args(hint), value)


def _is_scalar(hint: Any) -> bool:
    return isinstance(hint, type) and hint in _SCALARS


def _plain_of_union(members: tuple[Any, ...], value: Any) -> Any:
    # An exact scalar wins in pydantic's smart mode, whatever the other members are.
    if type(value) in _SCALARS:
        return value if type(value) in members else _NOT_PLAIN
    others = [member for member in members if member is not type(None)]
    return plain(others[0], value) if len(others) == 1 else _NOT_PLAIN


def _plain_list(items: tuple[Any, ...], value: list[Any]) -> Any:
    made = value.copy() if not items else [plain(items[0], item) for item in value]
    return _NOT_PLAIN if items and _has_other(made) else made


def _plain_set(items: tuple[Any, ...], value: set[Any]) -> Any:
    if items and not _is_scalar(items[0]):
        return _NOT_PLAIN
    return value.copy() if not items or all(type(item) is items[0] for item in value) else _NOT_PLAIN


def _plain_dict(items: tuple[Any, ...], value: dict[Any, Any]) -> Any:
    if not items:
        return value.copy()
    made = {plain(items[0], key): plain(items[1], each) for key, each in value.items()}
    return _NOT_PLAIN if _has_other([*made, *made.values()]) else made


def _plain_tuple(items: tuple[Any, ...], value: tuple[Any, ...]) -> Any:
    if not items:
        return value
    if len(items) == 2 and items[1] is Ellipsis:
        items = (items[0],) * len(value)
    if len(items) != len(value):
        return _NOT_PLAIN
    made = tuple([plain(hint, item) for hint, item in zip(items, value, strict=True)])
    return _NOT_PLAIN if _has_other(made) else made


def _has_other(values: list[Any] | tuple[Any, ...]) -> bool:
    return any(value is _NOT_PLAIN for value in values)


_CONTAINERS: dict[Any, Callable[..., Any]] = {
    list: _plain_list,
    set: _plain_set,
    dict: _plain_dict,
    tuple: _plain_tuple,
}
