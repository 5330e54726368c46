"""The worker's loop: claim a run, execute it, report its end; and again.

The claim and the report are native (`_native.WorkerLane`); here is what needs the user's Python. A report may be sent only
after everything that refers to the run's arguments is dropped: once it is sent, the blocks they lie in may be used again.
"""

from __future__ import annotations

import sys
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from hpcflow._endings import ended_value
from hpcflow._wire import codec
from hpcflow._wire.records import STATE
from hpcflow._worker import here
from hpcflow._worker.attempt import PLAIN, Attempt, RetryRun, ReturnedState, TaskCode, Unfinished
from hpcflow._worker.logs import obey_label
from hpcflow.errors import CrashedRun, EncodingError, MemoryBudgetError
from hpcflow.states import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._native import WorkerLane
    from hpcflow._worker.attempt import Plan

VALUE, ERROR, RETRY, POISON = 1, 2, 3, 4
_UPSTREAM = 5  # the ending of a run one of whose upstreams did not complete (`native/core/span.hpp`)
# Endings of upstreams that carry neither a value nor an exception (`native/core/span.hpp`), in words.
_WITHOUT_ERROR = {
    3: "the worker of this upstream run died",
    4: "this upstream run was cancelled",
    6: "this upstream run ended with its pool",
}
# Functions that a worker keeps; beyond that it forgets them all and loads again what it meets.
_FUNCTIONS_MOST = 512


# On the error of a call that could not be decoded: for the user to read, and for the executor, whose pool breaks by it.
NOTE_OF_UNDECODABLE = "It was raised in the worker while unpickling the function or the arguments of this call."


class UndecodableCallError(Exception):
    """Carry why a run's function or arguments could not be decoded, to its report."""


def serve(lane: WorkerLane) -> None:
    """Execute what the lane brings until it says to leave, whatever the user's signal handlers raise between two runs."""
    while True:
        try:
            run_claimed(lane)
        except SystemExit:
            raise  # a handler of the user's that ends the process
        except BaseException as stray:  # noqa: BLE001 - whatever a handler raises
            if lane.has_claim and not lane.is_sealed:  # the run that is under way takes it
                _report_error(lane, stray)
            else:
                sys.excepthook(type(stray), stray, stray.__traceback__)
            lane.publish()
        else:
            return


def run_claimed(lane: WorkerLane) -> None:
    """Execute what the lane brings until it says to leave."""
    known: dict[int, Callable[..., Any]] = {}
    here.open_with(lambda: _parameters(lane, known))
    finish_plain = lane.finish_plain
    while True:
        claimed = lane.claim()
        if claimed is None:
            return
        key, args = claimed
        try:
            function = known.get(key)
            if function is None:
                function = _load(lane, known, key)
            if args is not None:
                value = function(*args)
            else:
                value = _call_opened(lane, function)
        except BaseException as error:  # noqa: BLE001 - whatever a task raises is the run's outcome
            _tell(lane, known, error)
            _report_error(lane, error)
        else:
            if not finish_plain(value):
                if type(value) is Unfinished:
                    _overlap(lane, known, value)
                    claimed = args = function = value = None
                    continue
                _report_value(lane, value)
        # Before publishing, and before waiting for the next: arguments and results must not live on here.
        claimed = args = function = value = None
        lane.publish()


def _overlap(lane: WorkerLane, known: dict[int, Callable[..., Any]], first: Unfinished) -> None:
    from hpcflow._worker.overlapping import Door, Ended, execute_overlapping  # lazy: few programs have async tasks

    def begin() -> Unfinished | None:
        claimed = lane.claim(False)
        if claimed is None:
            return None
        key, args = claimed
        try:
            function = known.get(key) or _load(lane, known, key)
            value = function(*args) if args is not None else _call_opened(lane, function)
        except BaseException as error:  # noqa: BLE001 - whatever a task raises is the run's outcome
            _tell(lane, known, error)
            report(Ended(None, error))
            return None
        if type(value) is Unfinished:
            return value
        report(Ended(value, None))
        return None

    def report(ended: Ended) -> None:
        if ended.error is not None:
            _report_error(lane, ended.error)
        elif not lane.finish_plain(ended.value):
            _report_value(lane, ended.value)
        del ended
        lane.publish()

    execute_overlapping(lane, first, Door(begin, report))


def _load(lane: WorkerLane, known: dict[int, Callable[..., Any]], key: int) -> Callable[..., Any]:
    if len(known) >= _FUNCTIONS_MOST:
        known.clear()
        here.forget_labels()
    try:
        loaded = codec.decode(lane.function())
    except BaseException as error:
        raise UndecodableCallError from error
    function: Callable[..., Any] = loaded
    if type(loaded) is TaskCode:
        function = loaded.call
        here.learn_label(key, loaded.label)
        here.learn_flow_parameters(loaded.label.flow, loaded.flow_parameters)
        obey_label(loaded.label)
    known[key] = function
    lane.adopt_numpy()  # most functions that make arrays have loaded it by now
    return function


def _parameters(lane: WorkerLane, known: dict[int, Callable[..., Any]]) -> dict[str, Any]:
    """Give the arguments of the claimed run by name: opened once more, since few ask."""
    from hpcflow._parameters import Parameters  # lazy: few ask

    function, (args, kwargs) = known[lane.function_id], _open_arguments(lane)
    if isinstance(function, Attempt):
        function, args, kwargs = function.fn, *function.as_called(args, kwargs)
    return Parameters(function).with_defaults(args, kwargs)


def _call_opened(lane: WorkerLane, function: Callable[..., Any]) -> Any:
    try:
        args, kwargs = _open_arguments(lane)
    except BaseException as error:
        raise UndecodableCallError from error
    return function(*args, **kwargs)


def _open_arguments(lane: WorkerLane) -> tuple[tuple[Any, ...], dict[str, Any]]:
    of_item, of_span = lane.upstreams()
    kwargs: dict[str, Any] = {}
    common = lane.common()
    if common is not None:
        with codec.upstream_values([_outcome(*each) for each in of_span]):
            kwargs.update(_decoded(*common))
    is_plain, own, views = lane.arguments()
    if is_plain:
        return own, kwargs
    with codec.upstream_values([_outcome(*each) for each in of_item]):
        args, own_kwargs = codec.decode(own, views or ())
    kwargs.update(own_kwargs)
    return args, kwargs


def _decoded(is_plain: bool, value: Any, views: Any) -> Any:
    return value if is_plain else codec.decode(value, views or ())


def _outcome(ending: int, is_plain: bool, value: Any, views: Any) -> Any:
    if ending == ERROR:
        return codec.decode_error(value, views or ())
    if ending == _UPSTREAM:
        return None  # it never began and has no value; as in Prefect
    if ending != VALUE:  # let through by allow_failure; what is known of it, the parent has
        return CrashedRun(_WITHOUT_ERROR.get(ending, "it ended without a value"))
    decoded = _decoded(is_plain, value, views)
    return decoded.result_now() if isinstance(decoded, State) else decoded


def _tell(lane: WorkerLane, known: dict[int, Callable[..., Any]], error: BaseException) -> None:
    """Log that the claimed run failed, if it is a task's."""
    if isinstance(error, RetryRun) or here.current() is None:
        return  # said already; or an executor's, whose caller is told by the future
    from hpcflow._telling import told_failure  # lazy: only if something fails

    plan = _plan_of(lane, known)
    told_failure(error, plan.retries, limit_s=plan.timeout_s)


def _plan_of(lane: WorkerLane, known: dict[int, Callable[..., Any]]) -> Plan:
    function = known.get(lane.function_id)
    return function.plan if isinstance(function, Attempt) else PLAIN


def _tell_state(state: State[Any]) -> None:
    if not state.is_completed():
        from hpcflow._telling import told_bad_state  # lazy: only if something fails

        told_bad_state(state, 0)
    elif state.message is not None or state.name != "Completed":
        here.tell((STATE, here.run_number(), str(state), state.name))


_MAY_BE_ENDINGS = (State, GeneratorType, list, tuple, set)


def _report_value(lane: WorkerLane, value: Any) -> None:
    try:
        # An executor's value is a value, whatever it is: asked last, since it costs most.
        if isinstance(value, _MAY_BE_ENDINGS) and here.current() is not None:
            value = ended_value(value)
            if isinstance(value, State):
                _tell_state(value)
                if not value.is_completed():
                    _report_error(lane, ReturnedState(value))
                    return
        encoded = codec.encode(value, what="result")
        if encoded.buffers:
            lane.adopt_numpy()  # others load it when they run
        try:
            lane.pack(VALUE, encoded.data, encoded.buffers)
        except MemoryError as error:
            _report_error(lane, MemoryBudgetError(str(error)))
    except EncodingError as error:
        # A task may leave by SystemExit, also while its result is pickled: it arrives as what it is.
        leaving = error.__cause__
        _report_error(lane, leaving if isinstance(leaving, SystemExit) else error)
    except BaseException as error:  # noqa: BLE001 - whatever a task raises is the run's outcome
        _report_error(lane, error)


def _report_error(lane: WorkerLane, error: BaseException) -> None:
    kind = ERROR
    if isinstance(error, RetryRun):
        lane.pack(RETRY, b"", [], error.delay_s)
        return
    if isinstance(error, UndecodableCallError) and error.__cause__ is not None:
        kind, error = POISON, error.__cause__
        error.add_note(NOTE_OF_UNDECODABLE)
    encoded = codec.encode_error(error)
    try:
        lane.pack(kind, encoded.data, encoded.buffers)
    except MemoryError as too_large:
        small = codec.encode_error(MemoryBudgetError(str(too_large)))
        lane.pack(kind, small.data, [])
