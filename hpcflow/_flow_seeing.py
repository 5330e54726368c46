"""What is seen of a flow run: its name, its log lines, its hooks, its prints.

`flows` calls these around the function, in this order: `new_facts` once a call; for each attempt `seen_run` around all, and `failed` if
the function raised; then `ended`, or `retried`. Called before the workers start, so nothing here loads logging unless it must.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from hpcflow._caching import flow_result_facts
from hpcflow._endings import FLOW_FAILED, INVALID, crashed_by, failed_by
from hpcflow._first_lines import early_levels, is_early, write_early
from hpcflow._flow_names import new_flow_run_name
from hpcflow._hook_calls import call_flow_hooks
from hpcflow._runs import FlowFacts, named_by, new_id
from hpcflow._worker import here
from hpcflow.context import current_flow_run, current_tags, settle, surrounding_flow
from hpcflow.settings import log_prints_by_default
from hpcflow.states import Completed, Running, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from hpcflow.flow_runs import FlowRun
    from hpcflow.flows import Flow


_INFO, _WARNING, _ERROR = 20, 30, 40  # of logging, which is not imported for numbers


def new_facts(flow: Flow[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> FlowFacts:
    """Give what is known of a new flow run; its id stays when it is tried again, so what tasks have cached is found."""
    options, outer = flow.options, surrounding_flow()
    persists, folder = flow_result_facts(options.persist_result, options.result_storage)
    log_prints = options.log_prints
    if log_prints is None:
        log_prints = log_prints_by_default() if outer is None else outer.log_prints
    facts = FlowFacts(
        new_id(),
        new_flow_run_name(),
        flow.name,
        current_tags.get(),
        persists_results=persists,
        result_folder=folder,
        parent_flow_run_id=outer and outer.flow_run_id,
        root_flow_run_id=outer and (outer.root_flow_run_id or outer.flow_run_id),
        flow_version=options.version,
        made_s=time.time(),
        log_prints=log_prints,
        levels=outer.levels if outer is not None and here.in_worker() else _levels(),
    )
    return (
        facts if options.flow_run_name is None else facts._replace(flow_run_name=_own_name(flow, facts, args, kwargs))
    )


def _levels() -> str:
    if is_early():
        return early_levels()
    from hpcflow._telling import levels_of_program  # lazy: needs logging

    return levels_of_program()


def _log(facts: FlowFacts, level: int, message: str, *details: object, exc_info: Any = None) -> None:
    if exc_info is None and is_early():
        settle()
        write_early(level, f"Flow run {facts.flow_run_name!r}", message % details if details else message)
        return
    from hpcflow._telling import flow_log  # lazy: needs logging

    flow_log(facts, level, message, *details, exc_info=exc_info)


def _own_name(flow: Flow[Any, Any], facts: FlowFacts, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    run = flow.new_run(None, args, kwargs, facts)
    before = current_flow_run.set(run)
    try:
        return named_by(flow.options.flow_run_name or "", lambda: run.parameters, "flow_run_name")
    except Exception as error:  # noqa: BLE001 - a name that cannot be made must not break the run
        message = "The flow_run_name %r of flow %r gives no name (%s: %s); the run is called %r."
        details = flow.options.flow_run_name, flow.name, type(error).__name__, str(error), facts.flow_run_name
        _log(facts, _WARNING, message, *details)
        return facts.flow_run_name
    finally:
        current_flow_run.reset(before)


@contextmanager
def seen_run(flow: Flow[Any, Any], flow_run: FlowRun) -> Iterator[None]:
    """Make this the flow run that the code within belongs to; say that it begins, and what ended it if nobody catches that."""
    before = current_flow_run.set(flow_run)
    try:
        with _prints_of(flow_run):
            _begun(flow, flow_run)
            try:
                yield
            except BaseException as error:
                # Ctrl-C, a cancelled asyncio task: what it submitted is taken back. Anything else leaves it.
                if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "CancelledError":
                    flow_run.interrupt()
                _crashed(flow, flow_run, error)
                raise
    finally:
        current_flow_run.reset(before)


def _prints_of(flow_run: FlowRun) -> AbstractContextManager[None]:
    if not flow_run.facts.log_prints:
        return nullcontext()
    from hpcflow._prints import prints_logged  # lazy: few flows want it

    return prints_logged()


def _begun(flow: Flow[Any, Any], flow_run: FlowRun) -> None:
    """Say that an attempt begins."""
    flow_run.run_count -= 1  # to the hooks it has not begun, as in Prefect
    call_flow_hooks(flow, flow_run, State.of_run(Running(), flow_run))
    flow_run.run_count += 1
    kind = "flow" if flow_run.facts.parent_flow_run_id is None else "subflow"
    _log(flow_run.facts, _INFO, "Beginning %s run %r for flow %r", kind, flow_run.name, flow.name)


@contextmanager
def seen_generation(flow: Flow[Any, Any], flow_run: FlowRun) -> Iterator[None]:
    """Say that a flow begins whose caller goes through what it yields, and how it ends. Sets nothing: the steps do."""
    _begun(flow, flow_run)
    try:
        yield
    except GeneratorExit:  # the caller wanted no more
        ended(flow, flow_run, State.of_run(Completed(), flow_run))
        raise
    except Exception as error:
        failed(flow_run, error)
        state = failed_by(error, FLOW_FAILED, limit_s=flow.options.timeout_seconds)
        ended(flow, flow_run, State.of_run(state, flow_run))
        raise
    except BaseException as error:
        _crashed(flow, flow_run, error)
        raise
    ended(flow, flow_run, State.of_run(Completed(), flow_run))


def refused(flow: Flow[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], error: Exception) -> State[Any]:
    """Say that a flow's parameters do not fit, and give the state that its run ends in."""
    flow_run = flow.new_run(None, args, kwargs, new_facts(flow, args, kwargs))
    _log(flow_run.facts, _ERROR, "%s %s", INVALID, error)
    state = State.of_run(failed_by(error, INVALID), flow_run)
    ended(flow, flow_run, state)
    return state


def failed(flow_run: FlowRun, error: BaseException) -> None:
    """Say that the function raised."""
    limit_s = flow_run.flow.options.timeout_seconds if flow_run.flow is not None else None
    state = failed_by(error, FLOW_FAILED, limit_s=limit_s)
    if state.name == "TimedOut":
        _log(flow_run.facts, _ERROR, "%s", state.message)
        return
    from hpcflow._telling import own_traceback  # lazy: needs logging

    where = type(error), error, own_traceback(error.__traceback__)
    _log(flow_run.facts, _ERROR, "Encountered exception during execution: %s", repr(error), exc_info=where)


def retried(flow_run: FlowRun, state: State[Any]) -> None:
    """Say that the flow will be tried again."""
    settle(flow_run.facts)
    _sum_up(flow_run.facts)
    message = "Received non-final state 'AwaitingRetry' when proposing final state %r and will attempt to run again..."
    _log(flow_run.facts, _INFO, message, state.name)
    flow_run.forget_parameters()


def ended(flow: Flow[Any, Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Say in which state the flow run ended, after the lines of its tasks."""
    facts = flow_run.facts
    settle(facts)
    _sum_up(facts)
    with _prints_of(flow_run):
        call_flow_hooks(flow, flow_run, state)
    flow_run.forget_parameters()
    _log(facts, _INFO, "Finished in state %s", str(state))  # a handler may keep what it is given


def _sum_up(facts: FlowFacts) -> None:
    if "hpcflow._ledger" in sys.modules:  # or nothing has been told of tasks
        from hpcflow._ledger import ledger  # lazy: needs logging

        ledger.sum_up(facts)


def _crashed(flow: Flow[Any, Any], flow_run: FlowRun, error: BaseException) -> None:
    """Say that something ended the flow run that is not the function's own: Ctrl-C, say."""
    state = State.of_run(crashed_by(error), flow_run)
    _log(flow_run.facts, _ERROR, "Crash detected! %s", state.message)
    ended(flow, flow_run, state)
