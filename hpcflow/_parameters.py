"""What a function may be called with: the signature, read once, and asked at every submit.

A submit must say at once that arguments do not fit, as a call would. `inspect.Signature.bind` takes five microseconds for
that, more than the engine needs for the whole submit; the sets that are compared here take a fifth of one. Whatever they do
not accept is given to `bind`, which has the last word, and the words.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from hpcflow.errors import ParameterBindError, ReservedArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)

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
        try:
            self.signature = inspect.signature(fn)
        except ValueError:  # a builtin that does not tell
            self.signature = inspect.Signature(
                [
                    inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
                    inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
                ]
            )
        parameters = list(self.signature.parameters.values())
        self.positional = tuple(each.name for each in parameters if each.kind in _POSITIONAL)
        self.named = frozenset(each.name for each in parameters if each.kind in _NAMED)
        self.var_positional = _first(parameters, inspect.Parameter.VAR_POSITIONAL)
        self.var_keyword = _first(parameters, inspect.Parameter.VAR_KEYWORD)
        required = [
            each.name for each in parameters if each.default is each.empty and each.kind in _POSITIONAL + _NAMED
        ]
        self._required = frozenset(required)
        named_only = self._required - set(self.positional)
        self._least = _MANY if named_only else len(self._required)
        self._most = _MANY if self.var_positional else len(self.positional)

    def refuse_reserved(self, task_name: str) -> None:
        """Raise if a parameter has a name that submit and map take for themselves."""
        if clash := RESERVED & (self.named | set(self.positional)):
            name = sorted(clash)[0]
            raise ReservedArgumentError(
                f"{name!r} is a reserved argument name and cannot be used in task functions: rename it in task {task_name!r}."
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
        return dict(bound.arguments)


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


def _first(parameters: list[inspect.Parameter], kind: Any) -> str | None:
    return next((each.name for each in parameters if each.kind is kind), None)
