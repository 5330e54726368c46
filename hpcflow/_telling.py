"""What is told of runs as they go on: failed attempts, retries, crashes; the beginnings and ends of flow runs.

Whoever executes a run calls these, in whichever process: a worker's records travel to the parent. Levels and texts are Prefect's.
Loaded only when there is something to tell.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from hpcflow._console import FLOW_RUNS, set_up
from hpcflow._endings import failed_by
from hpcflow._ledger import Budget, flow_attributes, ledger, log
from hpcflow.context import settle, surrounding_task_run
from hpcflow.states import State

if TYPE_CHECKING:
    from types import TracebackType

    from hpcflow._runs import FlowFacts, Levels, TaskRun

_OURS = os.path.dirname(__file__)

# Failed attempts that are told at once, and how many more a second: each has a traceback.
_failures = Budget(200, 50.0)


def told_retry(
    failure: BaseException | State[Any], attempt: int, retries: int, delay_s: float, run: TaskRun | None = None
) -> None:
    """Say that an attempt failed and when the next one starts."""
    run = run or surrounding_task_run()
    if run is None or not _failures.take():
        return
    kind = "exception" if isinstance(failure, BaseException) else "state"
    when = f"{delay_s:g} second(s) from now" if delay_s else "immediately"
    log(
        run,
        logging.INFO,
        "Task run failed with %s: %s - Retry %s/%s will start %s",
        kind,
        repr(failure),
        attempt,
        retries,
        when,
    )


def told_failure(
    error: BaseException, retries: int, run: TaskRun | None = None, *, limit_s: float | None = None
) -> None:
    """Say that a run failed, with the traceback of its own code; `limit_s` is its time limit."""
    run = run or surrounding_task_run()
    if run is None or not _failures.take():
        return
    state = failed_by(error, limit_s=limit_s)
    if state.is_crashed():
        told_crash(run, state)
    elif state.name == "TimedOut":
        log(run, logging.ERROR, "%s", state.message)
    else:
        where = type(error), error, own_traceback(error.__traceback__)
        log(
            run,
            logging.ERROR,
            "Task run failed with exception: %s%s",
            repr(error),
            _exhausted(run, retries),
            exc_info=where,
        )


def told_timeout(run: TaskRun, state: State[Any]) -> None:
    """Say that a run took too long, where that is how it ended."""
    if state.name == "TimedOut" and _failures.take():
        log(run, logging.ERROR, "%s", state.message)


def told_bad_state(state: State[Any], retries: int, run: TaskRun | None = None) -> None:
    """Say that a task returned a state in which it failed."""
    run = run or surrounding_task_run()
    if state.is_count:
        if not isinstance(state.data, State):
            return  # each has told of itself
        state = state.data
    if run is not None and state.is_failed() and _failures.take():
        log(run, logging.ERROR, "Task run failed with state: %s%s", repr(state), _exhausted(run, retries))


def _exhausted(run: TaskRun, retries: int) -> str:
    return " - Retries are exhausted" if 0 < retries < run.run_count else ""


def told_crash(run: TaskRun, state: State[Any]) -> None:
    """Say that something ended a run under it, or its worker because its time was up: what executed it could not."""
    if state.is_crashed():
        log(run, logging.ERROR, "Crash detected! %s", state.message)
    else:
        log(run, logging.ERROR, "%s", state.message)


def own_traceback(traceback: TracebackType | None) -> TracebackType | None:
    """Leave out the frames of hpcflow that stand before the task's own; all is given if there are no others."""
    inner = traceback
    while inner is not None and inner.tb_frame.f_code.co_filename.startswith(_OURS):
        inner = inner.tb_next
    return inner or traceback


def told_end(run: TaskRun, state: State[Any]) -> None:
    """Say in which state a run ended."""
    is_completed = state.is_completed()
    if ledger.wants(is_completed=is_completed):
        ledger.tell_or_count(run, state, is_completed=is_completed)


# --- flow runs --------------------------------------------------------------------------------------------------------


def flow_log(facts: FlowFacts, level: int, message: str, *details: object, exc_info: Any = None) -> None:
    """Log a line about a flow run."""
    set_up()
    logger = logging.getLogger(FLOW_RUNS)
    if logger.isEnabledFor(level):
        settle()
        logger.log(level, message, *details, exc_info=exc_info, extra=flow_attributes(facts))


def levels_of_program() -> Levels:
    """Tell the levels that loggers of this process were given: what workers go by."""
    set_up()
    loggers = logging.root.manager.loggerDict
    named = [(name, one.level) for name, one in list(loggers.items()) if isinstance(one, logging.Logger) and one.level]
    return "\n".join([f"{level} {name}" for name, level in [("", logging.root.level), *named[:_LEVELS_MOST]]])


_LEVELS_MOST = 500  # a program that sets more does so by mistake
