"""How hooks are called: in the process that submitted the run.

So they may use the program's own objects, and also learn of runs whose worker died. What a hook raises is logged and changes nothing.
Levels and texts of the log lines are Prefect's.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from hpcflow._current import current_flow_run, current_task_run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractContextManager

    from hpcflow._hooks import Hook
    from hpcflow._runs import TaskRun
    from hpcflow.flow_runs import FlowRun
    from hpcflow.states import State

    Log = Callable[..., None]

_INFO, _ERROR = 20, 40  # of logging, which is not imported for a number


def call_task_hooks(task: Any, run: TaskRun, state: State[Any]) -> None:
    """Call the hooks that a task has for this state of a run."""
    run.task, run.state = task, state
    hooks = _hooks_for(task, state)
    if not hooks:
        return
    from hpcflow._ledger import log  # lazy: few tasks have hooks

    before = current_task_run.set(run)
    try:
        with _prints_of(run):
            _call(hooks, task, run, state, lambda level, *message, **more: log(run, level, *message, **more))
    finally:
        current_task_run.reset(before)


def _prints_of(run: TaskRun) -> AbstractContextManager[None]:
    if not run.label.log_prints:
        return nullcontext()
    from hpcflow._prints import prints_logged  # lazy: few tasks want it

    return prints_logged()


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
            if isinstance(given, CoroutineType):
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
