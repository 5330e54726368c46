"""Hooks: functions of the user's that are called when a run begins or has ended. Here: how tasks and flows are given them.

How they are called is in `_hook_calls.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hpcflow.states import State

    Hook = Callable[[Any, Any, State[Any]], Any]
    H = TypeVar("H", bound=Hook)

HOOK_KINDS = ("on_running", "on_completion", "on_failure", "on_cancellation", "on_crashed")


def check_hooks(decorator: str, given: dict[str, Any]) -> None:
    """Make tuples of the hooks that a user wrote, in place.

    Raises:
        TypeError: they are no list of functions.

    Example:
        >>> check_hooks("task", {"on_failure": [1]})  # doctest: +NORMALIZE_WHITESPACE
        Traceback (most recent call last):
        TypeError: Expected callables in 'on_failure'; got int instead. Please provide a list of hooks to 'on_failure':
        <BLANKLINE>
        @task(on_failure=[hook1, hook2])
        def my_task():
                pass
    """
    for kind in HOOK_KINDS:
        hooks = given.get(kind)
        example = f"Please provide a list of hooks to '{kind}':\n\n@{decorator}({kind}=[hook1, hook2])\ndef my_{decorator}():\n\tpass"
        if hooks is not None and not hasattr(hooks, "__iter__"):
            message = f"Expected iterable for '{kind}'; got {type(hooks).__name__} instead. {example}"
            raise TypeError(message)
        given[kind] = tuple(hooks or ())
        for hook in given[kind]:
            if not callable(hook):
                message = f"Expected callables in '{kind}'; got {type(hook).__name__} instead. {example}"
                raise TypeError(message)


class Hooked:
    """What tasks and flows have for hooks: decorators that add one. The hooks stand in their options."""

    options: Any
    has_hooks = False

    def on_running(self, fn: H) -> H:
        """Call a function whenever an attempt of a run begins, as `fn(task or flow, run, state)`."""
        return self._add_hook("on_running", fn)

    def on_completion(self, fn: H) -> H:
        """Call a function when a run has completed.

        Example:
            >>> from hpcflow import task
            >>> @task
            ... def train(rate): ...
            >>> @train.on_completion
            ... def tell(task, run, state):
            ...     print(task.name, state.name)
            >>> train(0.1)
            train Completed
        """
        return self._add_hook("on_completion", fn)

    def on_failure(self, fn: H) -> H:
        """Call a function when a run has failed, after its last attempt."""
        return self._add_hook("on_failure", fn)

    def on_cancellation(self, fn: H) -> H:
        """Call a function when a run was cancelled."""
        return self._add_hook("on_cancellation", fn)

    def on_crashed(self, fn: H) -> H:
        """Call a function when a run has crashed: its worker died, or it left the interpreter."""
        return self._add_hook("on_crashed", fn)

    def _add_hook(self, kind: str, given: H) -> H:
        fn: Any = given
        if not callable(fn):
            message = f"{kind} takes a function, not {fn!r}"
            raise TypeError(message)
        self.options = self.options._replace(**{kind: (*getattr(self.options, kind), fn)})
        self._hooks_changed()
        return given

    def _hooks_changed(self) -> None:
        self.has_hooks = any(getattr(self.options, kind) for kind in HOOK_KINDS)

    @property
    def on_running_hooks(self) -> list[Hook]:
        """Give the hooks for beginnings."""
        return list(self.options.on_running)

    @property
    def on_completion_hooks(self) -> list[Hook]:
        """Give the hooks for runs that complete."""
        return list(self.options.on_completion)

    @property
    def on_failure_hooks(self) -> list[Hook]:
        """Give the hooks for runs that fail."""
        return list(self.options.on_failure)

    @property
    def on_cancellation_hooks(self) -> list[Hook]:
        """Give the hooks for runs that are cancelled."""
        return list(self.options.on_cancellation)

    @property
    def on_crashed_hooks(self) -> list[Hook]:
        """Give the hooks for runs that crash."""
        return list(self.options.on_crashed)


def travelling(options: Any) -> Any:
    """Give a task's or flow's options without the hooks that cannot be pickled: they stay in the process that defined them."""
    dropped = {kind: tuple(_that_travel(getattr(options, kind))) for kind in HOOK_KINDS if getattr(options, kind)}
    return options._replace(**dropped) if dropped else options


def _that_travel(hooks: tuple[Hook, ...]) -> Iterator[Hook]:
    from hpcflow._wire import codec  # lazy: few tasks have hooks

    for hook in hooks:
        try:
            codec.encode_in_band(hook)
        except Exception:  # noqa: BLE001 - whatever pickling raises
            continue
        yield hook
