"""Hooks: functions of the user's that are called when a run begins or has ended.

They are called in the process that submitted the run, so they may use the program's own objects and also learn of runs whose worker
died. What a hook raises is logged and changes nothing. Levels and texts of the log lines are Prefect's.
"""

from __future__ import annotations

import inspect
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hpcflow._current import current_flow_run, current_task_run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from hpcflow._runs import TaskRun
    from hpcflow.flow_runs import FlowRun
    from hpcflow.states import State

    Hook = Callable[[Any, Any, State[Any]], Any]
    Log = Callable[..., None]

HOOK_KINDS = ("on_running", "on_completion", "on_failure", "on_cancellation", "on_crashed")

_INFO, _ERROR = 20, 40  # of logging, which is not imported for a number


def check_hooks(decorator: str, given: dict[str, Any]) -> None:
    """Make tuples of the hooks that a user wrote, in place.

    Raises:
        TypeError: they are no list of functions.

    Example:
        >>> check_hooks("task", {"on_failure": [1]})
        Traceback (most recent call last):
        TypeError: Expected callables in 'on_failure'; got int instead. Please provide a list of hooks to 'on_failure':
        <BLANKLINE>
        @task(on_failure=[hook1, hook2])
        def my_task():
            pass
    """
    for kind in HOOK_KINDS:
        hooks = given.get(kind)
        example = f"Please provide a list of hooks to '{kind}':\n\n@{decorator}({kind}=[hook1, hook2])\ndef my_{decorator}():\n    pass"
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

    def on_running(self, fn: Hook) -> Hook:
        """Call a function whenever an attempt of a run begins, as `fn(task or flow, run, state)`."""
        return self._add_hook("on_running", fn)

    def on_completion(self, fn: Hook) -> Hook:
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

    def on_failure(self, fn: Hook) -> Hook:
        """Call a function when a run has failed, after its last attempt."""
        return self._add_hook("on_failure", fn)

    def on_cancellation(self, fn: Hook) -> Hook:
        """Call a function when a run was cancelled."""
        return self._add_hook("on_cancellation", fn)

    def on_crashed(self, fn: Hook) -> Hook:
        """Call a function when a run has crashed: its worker died, or it left the interpreter."""
        return self._add_hook("on_crashed", fn)

    def _add_hook(self, kind: str, fn: Hook) -> Hook:
        if not callable(fn):
            message = f"{kind} takes a function, not {fn!r}"
            raise TypeError(message)
        self.options = replace(self.options, **{kind: (*getattr(self.options, kind), fn)})
        self._hooks_changed()
        return fn

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


def call_task_hooks(task: Any, run: TaskRun, state: State[Any]) -> None:
    """Call the hooks that a task has for this state of a run."""
    run.task, run.state = task, state
    hooks = _hooks_for(task, state)
    if not hooks:
        return
    from hpcflow._ledger import log  # lazy: few tasks have hooks

    before = current_task_run.set(run)
    try:
        _call(hooks, task, run, state, lambda level, *message, **more: log(run, level, *message, **more))
    finally:
        current_task_run.reset(before)


def call_flow_hooks(flow: Any, run: FlowRun, state: State[Any]) -> None:
    """Call the hooks that a flow has for this state of a run."""
    run.state = state
    hooks = _hooks_for(flow, state)
    if not hooks:
        return
    from hpcflow._telling import flow_log  # lazy: few flows have hooks

    before = current_flow_run.set(run)
    try:
        _call(hooks, flow, run, state, lambda level, *message, **more: flow_log(run.facts, level, *message, **more))
    finally:
        current_flow_run.reset(before)


def _hooks_for(owner: Any, state: State[Any]) -> tuple[Hook, ...]:
    options = owner.options
    for is_it, kind in (
        (state.is_completed, "on_completion"),
        (state.is_failed, "on_failure"),
        (state.is_running, "on_running"),
        (state.is_crashed, "on_crashed"),
        (state.is_cancelled, "on_cancellation"),
    ):
        if is_it():
            hooks: tuple[Hook, ...] = getattr(options, kind, ())
            return hooks
    return ()


def _call(hooks: tuple[Hook, ...], owner: Any, run: Any, state: State[Any], log: Log) -> None:
    for hook in hooks:
        name = hook_name(hook)
        log(_INFO, "Running hook %r in response to entering state %r", name, state.name)
        try:
            given = hook(owner, run, state)
            if inspect.iscoroutine(given):
                _await(given)
        except Exception:  # noqa: BLE001 - the run is what it is, whatever a hook does
            log(_ERROR, "An error was encountered while running hook %r", name, exc_info=True)
        else:
            log(_INFO, "Hook %r finished running successfully", name)


def hook_name(hook: Any) -> str:
    """Name a hook in a log line.

    Example:
        >>> import functools
        >>> hook_name(print), hook_name(functools.partial(print, "a"))
        ('print', 'print')
    """
    inner = getattr(hook, "func", hook)
    return str(getattr(hook, "__name__", None) or getattr(inner, "__name__", None) or type(hook).__name__)


def _await(coroutine: Coroutine[Any, Any, Any]) -> None:
    import asyncio  # lazy: few hooks are async

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(coroutine)
        return
    # This thread's loop is held up by us: the hook has one of its own.
    failed: list[BaseException] = []

    def serve() -> None:
        try:
            asyncio.run(coroutine)
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            failed.append(error)

    thread = threading.Thread(target=serve, name="hpcflow-hook", daemon=True)
    thread.start()
    thread.join()  # ends with the user's hook
    if failed:
        raise failed[0]


def travelling(options: Any) -> Any:
    """Give a task's or flow's options without the hooks that cannot be pickled: they stay in the process that defined them."""
    dropped = {kind: tuple(_that_travel(getattr(options, kind))) for kind in HOOK_KINDS if getattr(options, kind)}
    return replace(options, **dropped) if dropped else options


def _that_travel(hooks: tuple[Hook, ...]) -> Iterator[Hook]:
    from hpcflow._wire import codec  # lazy: few tasks have hooks

    for hook in hooks:
        try:
            codec.encode_in_band(hook)
        except Exception:  # noqa: BLE001 - whatever pickling raises
            continue
        yield hook
