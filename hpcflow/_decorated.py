"""What `@task` and `@flow` make has in common: a function with options, that looks like the function.

Here is what Python asks of such an object (how it is a method, how it is pickled, what it says of itself) and how another one
with other options is made of it. What a call does is the business of `tasks` and `flows`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, Self, TypeVar

from hpcflow import _absent
from hpcflow._hooks import HOOK_KINDS, Hooked, travelling
from hpcflow._parameters import Parameters, refuse_uncallable
from hpcflow._wire.by_name import is_found_by_name
from hpcflow.annotations import NotSet

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


class Options(Protocol):
    """Describe what the options of tasks and of flows have in common: they are named tuples.

    Not dataclasses: with what those load, a short program would take a tenth longer until its workers start.
    """

    @property
    def _fields(self) -> tuple[str, ...]:
        """Name the options."""

    @property
    def _replace(self) -> Callable[..., Any]:
        """Make others that are changed in the options named."""

    @property
    def name(self) -> str | None:
        """Give the name that was asked for."""

    @property
    def description(self) -> str | None:
        """Give the description that was asked for."""

    @property
    def retries(self) -> int:
        """Tell how often to try again."""

    @property
    def reset_by_none(self) -> frozenset[str]:
        """Tell which options None takes back; for the others it means that they stay."""

    @classmethod
    def checked(cls, owner_name: str, options: dict[str, Any], call: str) -> Self:
        """Make options of what a user wrote in this call."""


O = TypeVar("O", bound=Options)  # noqa: E741 - as P and R


class Decorated(Hooked, Generic[P, R, O]):
    """A function with options.

    Example:
        >>> from hpcflow import task
        >>> @task(name="double it", retries=2)
        ... def double(number):
        ...     '''Double a number.'''
        ...     return 2 * number
        >>> double, double.__name__, double.description, double.retries
        (<Task 'double it'>, 'double', 'Double a number.', 2)
    """

    __name__: str
    __qualname__: str
    __wrapped__: Callable[P, R]

    def __init__(self, fn: Callable[P, R], options: O, usual_name: str) -> None:
        refuse_uncallable(fn)
        # A class has methods where a function has attributes: they are not the task's.
        updated = () if isinstance(fn, type) else functools.WRAPPER_UPDATES
        functools.update_wrapper(self, fn, updated=updated)  # type: ignore[arg-type]  # callable through its subclasses
        self.fn = fn
        self.options: O = options
        self.name: str = options.name or usual_name
        self._hooks_changed()

    @functools.cached_property
    def parameters(self) -> Parameters:
        """Know what the function may be called with."""
        return Parameters(self.fn)

    @property
    def retries(self) -> int:
        """Tell how often a run that raised is tried again."""
        return self.options.retries

    @property
    def description(self) -> str | None:
        """Tell what it does: the option, or the function's docstring."""
        if self.options.description:
            return self.options.description
        import inspect  # lazy: few ask

        return inspect.getdoc(self.fn)

    def _made_anew(self, fn: Callable[..., R], options: O) -> Any:
        """Make another of the same class."""
        return type(self)(fn, options)  # type: ignore[call-arg]  # subclasses know their usual name

    if not TYPE_CHECKING:  # or any name would pass the type checker

        def __getattr__(self, name: str) -> Any:
            # Its options can be read as attributes. What Prefect has beside, and hpcflow has not, is told.
            options = self.__dict__.get("options")
            if not name.startswith("_") and name in getattr(options, "_fields", ()):
                return getattr(options, name)
            raise _absent.missing(type(self).__name__, name)

    def with_options(self, **options: Any) -> Self:
        """Give another with the same function and other options; those not named stay.

        Example:
            >>> from hpcflow import task
            >>> @task(retries=2)
            ... def load(): ...
            >>> load.with_options(name="load again").retries
            2
        """
        keeps = {*self.options._fields} - self.options.reset_by_none  # where None is given
        named = {
            name: value
            for name, value in options.items()
            if value is not NotSet and not (value is None and name in keeps) and not _is_empty_list(name, value)
        }
        # With the retries that it has, since delays may be made from their number.
        call = f"{type(self).__name__}.with_options()"
        checked = self.options.checked(owner_name(named, self.name), {"retries": self.retries, **named}, call)
        changed: Any = self.options._replace(**{field: getattr(checked, field) for field in named})
        return self._made_anew(self.fn, changed)  # type: ignore[no-any-return]

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """Make a method of it: another whose function is bound to the instance."""
        if instance is None or not hasattr(self.fn, "__get__"):
            return self
        named: Any = self.options._replace(name=self.name)
        return self._made_anew(self.fn.__get__(instance, owner), named)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        if is_found_by_name(self):
            return self.__qualname__
        return type(self), (self.fn, travelling(self.options))


def _is_empty_list(name: str, value: object) -> bool:
    # As in Prefect: of tags and hooks an empty list says nothing.
    return (name == "tags" or name in HOOK_KINDS) and not value


def owner_name(options: dict[str, Any], usual_name: str) -> str:
    """Name a task or flow whose options are being checked.

    Example:
        >>> owner_name({"name": "double it"}, "double"), owner_name({"name": 7}, "double")
        ('double it', 'double')
    """
    name = options.get("name")
    return name if name and isinstance(name, str) else usual_name


class ClassBound:
    """Bind a task or flow to the class that it is looked up in: what `@task` over `@classmethod` makes.

    Not Python's own classmethod, which no longer asks what it wraps to bind itself, so that `submit` would not know the class.

    Example:
        >>> from hpcflow import task
        >>> class Model:
        ...     @task
        ...     @classmethod
        ...     def title(cls):
        ...         return cls.__name__
        >>> Model.title(), Model().title()
        ('Model', 'Model')
    """

    def __init__(self, made: Decorated[..., Any, Any]) -> None:
        self.made = made

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        owner = owner or type(instance)
        return self.made.__get__(owner, type(owner))
