"""What a function may be called with: the signature, read once, and asked at every submit.

A submit must say at once that arguments do not fit, as a call would. `inspect.Signature.bind` takes five microseconds for
that, more than the engine needs for the whole submit; the sets that are compared here take a fifth of one. Whatever they do
not accept is given to `bind`, which has the last word, and the words.
"""

from __future__ import annotations

import functools
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from hpcflow.errors import ParameterBindError, ReservedArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature

# Of code objects: it has *args, it has **kwargs (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS).
_VARARGS, _VARKEYWORDS = 0x04, 0x08

# What submit and map take for themselves.
RESERVED = frozenset({"wait_for", "return_state"})
_MANY = 1 << 30


class Parameters:
    """Know the parameters of a function.

    Example:
        >>> def resize(image, width, *, quality=90): ...
        >>> parameters = Parameters(resize)
        >>> parameters.check(("cat.png",), {"width": 100})
        >>> parameters.positional
        ('image', 'width')
        >>> parameters.check((), {"image": "cat.png"})
        Traceback (most recent call last):
        hpcflow.errors.ParameterBindError: Error binding parameters for function 'resize': missing a required argument: 'width'.
        Function 'resize' has signature 'image, width, *, quality=90' but received args: () and kwargs: ['image'].
    """

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.fn = fn
        shape = _shape_of_code(fn) if _is_plain(fn) else _shape_of_signature(self.signature)
        self.positional = shape.positional
        self.named = frozenset(shape.named)
        self.var_positional = shape.var_positional
        self.var_keyword = shape.var_keyword
        self._required = frozenset(shape.required)
        named_only = self._required - set(self.positional)
        self._least = _MANY if named_only else len(self._required)
        self._most = _MANY if self.var_positional else len(self.positional)

    @functools.cached_property
    def signature(self) -> Signature:
        """Give the function's signature; `*args, **kwargs` for a builtin that does not tell."""
        import inspect  # lazy: it takes longer to load than a short program's tasks, and only binding needs it

        try:
            return inspect.signature(self.fn)
        except ValueError:
            return inspect.signature(_anything)

    def refuse_reserved(self, name: str, kind: str = "task") -> None:
        """Raise if a parameter has a name that submit and map take for themselves."""
        if clash := RESERVED & (self.named | set(self.positional)):
            parameter = sorted(clash)[0]
            raise ReservedArgumentError(
                f"{parameter!r} is a reserved argument name and cannot be used in {kind} functions: "
                f"rename it in {kind} {name!r}."
            )

    def check(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Raise ParameterBindError if a call with these arguments would fail."""
        count = len(args)
        if not kwargs:
            if self._least <= count <= self._most:
                return
        elif count <= len(self.positional):
            given = set(self.positional[:count])
            names = kwargs.keys()
            if given.isdisjoint(names) and names <= self.named and self._required <= given | names:
                return
        self.bind(args, kwargs)

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Give the arguments by the names of their parameters, in order; without defaults.

        Example:
            >>> Parameters(lambda number, *rest, **more: None).bind((1, 2, 3), {"a": 4})
            {'number': 1, 'rest': (2, 3), 'more': {'a': 4}}
        """
        try:
            return dict(self.signature.bind(*args, **kwargs).arguments)
        except TypeError as error:
            raise ParameterBindError.from_bind_failure(self.fn, error, args, kwargs) from None

    def with_defaults(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Give the arguments by the names of their parameters, defaults included.

        Example:
            >>> Parameters(lambda number, scale=2: None).with_defaults((1,), {})
            {'number': 1, 'scale': 2}
        """
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ParameterBindError.from_bind_failure(self.fn, error, args, kwargs) from None
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        for name in self._fields & arguments.keys():
            arguments[name] = _default_of(arguments[name])
        return arguments

    @functools.cached_property
    def defaults(self) -> dict[str, Any]:
        """Give the arguments that need not be given."""
        each = self.signature.parameters.values()
        return {one.name: _default_of(one.default) for one in each if one.default is not one.empty}

    @functools.cached_property
    def _fields(self) -> frozenset[str]:
        """Name the parameters whose default is given by pydantic's `Field(default=...)`."""
        each = self.signature.parameters.values()
        return frozenset(one.name for one in each if type(one.default).__name__ == _FIELD)


_FIELD = "FieldInfo"  # pydantic's; not imported for the question


def _default_of(value: Any) -> Any:
    """Give the default that pydantic's `Field` stands for; anything else is one itself."""
    return value.get_default(call_default_factory=True) if type(value).__name__ == _FIELD else value


def refuse_uncallable(fn: object) -> None:
    """Raise if this cannot be the function of a task or flow.

    Example:
        >>> refuse_uncallable("train")
        Traceback (most recent call last):
        TypeError: 'fn' must be callable, not 'train'
    """
    if not callable(fn):
        message = f"'fn' must be callable, not {fn!r}"
        raise TypeError(message)


class _Shape(NamedTuple):
    """The names of a function's parameters, by how they may be given."""

    positional: tuple[str, ...]
    named: tuple[str, ...]
    required: tuple[str, ...]
    var_positional: str | None
    var_keyword: str | None


def _is_plain(fn: object) -> bool:
    return type(fn) is FunctionType and not {"__wrapped__", "__signature__"} & fn.__dict__.keys()


def _shape_of_code(fn: Any) -> _Shape:
    """Read what `inspect.signature` would say of a plain function from its code, without loading inspect."""
    code, defaults, named_defaults = fn.__code__, fn.__defaults__ or (), fn.__kwdefaults__ or {}
    names, count = code.co_varnames, code.co_argcount
    positional = names[:count]
    named_only = names[count : count + code.co_kwonlyargcount]
    rest = list(names[count + code.co_kwonlyargcount :])
    return _Shape(
        positional=positional,
        named=positional[code.co_posonlyargcount :] + named_only,
        required=positional[: count - len(defaults)] + tuple(name for name in named_only if name not in named_defaults),
        var_positional=rest.pop(0) if code.co_flags & _VARARGS else None,
        var_keyword=rest.pop(0) if code.co_flags & _VARKEYWORDS else None,
    )


def _shape_of_signature(signature: Signature) -> _Shape:
    each = list(signature.parameters.values())
    positional = [one for one in each if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    named = [one for one in each if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    given = [one for one in each if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    return _Shape(
        positional=tuple(one.name for one in positional),
        named=tuple(one.name for one in named),
        required=tuple(one.name for one in given if one.default is one.empty),
        var_positional=next((one.name for one in each if one.kind is one.VAR_POSITIONAL), None),
        var_keyword=next((one.name for one in each if one.kind is one.VAR_KEYWORD), None),
    )


def _anything(*args: object, **kwargs: object) -> None:
    """Stand for a builtin that does not tell what it takes."""
