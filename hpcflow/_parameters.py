"""What a function may be called with: the signature, read once, and asked at every submit.

A submit must say at once that arguments do not fit, as a call would. `inspect.Signature.bind` takes five microseconds for
that, more than the engine needs for the whole submit; the sets that are compared here take a fifth of one. Whatever they do
not accept is given to `bind`, which has the last word, and the words. What they do accept is told by name without it too, so that
a short program never loads inspect before its workers start.
"""

from __future__ import annotations

import functools
from types import FunctionType
from typing import TYPE_CHECKING, Any

from hpcflow._named_tuples import NamedTuple
from hpcflow.errors import ParameterBindError, ReservedArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import BoundArguments, Signature

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
        self._all_names = shape.all_names
        self._defaults = shape.defaults
        self.positional = shape.positional
        self.named = frozenset(shape.named)
        self.var_positional = shape.var_positional
        self.var_keyword = shape.var_keyword
        self._required = frozenset(shape.required)
        named_only = self._required - set(self.positional)
        self._least = _MANY if named_only else len(self._required)
        self._most = _MANY if self.var_positional else len(self.positional)
        self._takes_rest = bool(self.var_positional or self.var_keyword)

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
        if clash := RESERVED & {*self.named, *self.positional, self.var_positional, self.var_keyword}:
            error = ReservedArgumentError(f"{sorted(clash)[0]!r} is a reserved argument name and cannot be used.")
            error.add_note(f"Rename it in {kind} {name!r}.")
            raise error

    def check(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Raise ParameterBindError if a call with these arguments would fail."""
        if not self._fits(args, kwargs):
            self._bound(args, kwargs)

    def _fits(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Tell whether such a call fits, as far as that is seen at a glance."""
        count = len(args)
        if not kwargs:
            return self._least <= count <= self._most
        if count > len(self.positional):
            return False
        given = set(self.positional[:count])
        names = kwargs.keys()
        return given.isdisjoint(names) and names <= self.named and self._required <= given | names

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Give the arguments by the names of their parameters, in order; without defaults.

        Example:
            >>> Parameters(lambda number, *rest, **more: None).bind((1, 2, 3), {"a": 4})
            {'number': 1, 'rest': (2, 3), 'more': {'a': 4}}
        """
        if not self._takes_rest and self._fits(args, kwargs):
            given = dict(zip(self.positional, args, strict=False)) | kwargs
            return {name: given[name] for name in self._all_names if name in given}
        return dict(self._bound(args, kwargs).arguments)

    def with_defaults(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Give the arguments by the names of their parameters, defaults included.

        Example:
            >>> Parameters(lambda number, scale=2: None).with_defaults((1,), {})
            {'number': 1, 'scale': 2}
        """
        if not self._takes_rest and self._fits(args, kwargs):
            given = self._defaults | dict(zip(self.positional, args, strict=False)) | kwargs
            arguments = {name: given[name] for name in self._all_names}
        else:
            bound = self._bound(args, kwargs)
            bound.apply_defaults()
            arguments = dict(bound.arguments)
        for name in self._fields & arguments.keys():
            arguments[name] = _default_of(arguments[name])
        return arguments

    @functools.cached_property
    def defaults(self) -> dict[str, Any]:
        """Give the arguments that need not be given."""
        return {name: _default_of(default) for name, default in self._defaults.items()}

    @functools.cached_property
    def _fields(self) -> frozenset[str]:
        """Name the parameters whose default is given by pydantic's `Field(default=...)`."""
        return frozenset(name for name, default in self._defaults.items() if type(default).__name__ == _FIELD)

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> BoundArguments:
        try:
            return self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ParameterBindError.from_bind_failure(self.fn, error, args, kwargs) from None

    @functools.cached_property
    def annotations(self) -> dict[str, Any]:
        """Give the annotations of the parameters that have one, except of `*args` and `**kwargs`.

        Example:
            >>> def scale(number: int, *factors: float, name="cat"): ...
            >>> Parameters(scale).annotations
            {'number': 'int'}
        """
        if _is_plain(self.fn):
            noted = self.fn.__annotations__
            return {name: noted[name] for name in self._all_names if name in noted}
        return {
            one.name: one.annotation
            for one in self.signature.parameters.values()
            if one.annotation is not one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        }


_FIELD = "FieldInfo"  # pydantic's; not imported for the question


def _default_of(value: Any) -> Any:
    """Give the default that pydantic's `Field` stands for; anything else is one itself."""
    return value.get_default(call_default_factory=True) if type(value).__name__ == _FIELD else value


def as_call(parameters: Parameters, arguments: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Give arguments by name as a call takes them: `*rest` unpacked, and by position as far as it goes.

    Example:
        >>> as_call(Parameters(lambda a, b, *rest, c=0: None), {"a": 1, "b": 2, "rest": (3, 4), "c": 5})
        ((1, 2, 3, 4), {'c': 5})
    """
    left = dict(arguments)
    args: list[Any] = []
    for name in parameters.positional:
        if name not in left:
            break
        args.append(left.pop(name))
    if parameters.var_positional in left:
        args.extend(left.pop(parameters.var_positional))
    left.update(left.pop(parameters.var_keyword, {}) if parameters.var_keyword else {})
    return tuple(args), left


def refuse_uncallable(fn: object) -> None:
    """Raise if this cannot be the function of a task or flow.

    Example:
        >>> refuse_uncallable("train")
        Traceback (most recent call last):
        TypeError: 'fn' must be callable
        It is 'train'.
    """
    if not callable(fn):
        error = TypeError("'fn' must be callable")
        error.add_note(f"It is {fn!r}.")
        raise error


class _Shape(NamedTuple):
    """The names of a function's parameters, by how they may be given."""

    positional: tuple[str, ...]
    all_names: tuple[str, ...]  # in order; without those of *args and **kwargs
    named: tuple[str, ...]
    required: tuple[str, ...]
    defaults: dict[str, Any]
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
        all_names=positional + named_only,
        named=positional[code.co_posonlyargcount :] + named_only,
        required=positional[: count - len(defaults)] + tuple(name for name in named_only if name not in named_defaults),
        defaults=dict(zip(positional[count - len(defaults) :], defaults, strict=True)) | named_defaults,
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
        all_names=tuple(one.name for one in given),
        named=tuple(one.name for one in named),
        required=tuple(one.name for one in given if one.default is one.empty),
        defaults={one.name: one.default for one in given if one.default is not one.empty},
        var_positional=next((one.name for one in each if one.kind is one.VAR_POSITIONAL), None),
        var_keyword=next((one.name for one in each if one.kind is one.VAR_KEYWORD), None),
    )


def _anything(*args: object, **kwargs: object) -> None:
    """Stand for a builtin that does not tell what it takes."""
