"""What a Dask worker does for a run: claim it, execute it, tell how it ended. No Dask is needed to import this.

A plain value is the Dask task's result, so that it stays on the cluster until somebody asks for it. Everything else (a failure, a
wish for another attempt, a state made by hand) is an `Ended`: the client sees by the type of the result, without fetching it, which
of the two it is. Nothing is ever raised into Dask, which would print it.

Where client and workers share a machine, a run's attempt is *claimed* by making a file, before anything else. A worker that dies
leaves the file, so when Dask hands the task to another worker, that one knows, and tells who was lost; the attempt is not executed
twice. To cancel is to make the file first.
"""

from __future__ import annotations

import os
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpcflow._endings import failed_by
from hpcflow._named_tuples import NamedTuple
from hpcflow._runs import Label, TaskRun
from hpcflow._wire import codec
from hpcflow._wire.records import BEGUN, RecordSender
from hpcflow._worker import here
from hpcflow._worker.attempt import RetryRun
from hpcflow.context import executes_inline
from hpcflow.errors import EncodingError
from hpcflow.states import State, StateType
from hpcflow.task_runners._calls import state_of_call, state_of_coroutine

if TYPE_CHECKING:
    from hpcflow._wire.records import Record
    from hpcflow._worker.attempt import Plan
    from hpcflow.tasks import Task

CANCELLED = "cancelled"

# Under this name workers tell clients, through the scheduler, what they log and that a run has begun. Every client hears of every
# session: the scheduler keeps what was told under a name, so there must not be one a session.
TOPIC = "hpcflow"

# Sessions whose client is this process: what they log is here already.
sessions_here: set[str] = set()

_session: ContextVar[str | None] = ContextVar("hpcflow_dask_session", default=None)


class Ticket(NamedTuple):
    """What a worker is told of an attempt beside the call itself."""

    label: Label
    key: tuple[int, int]  # of the run's id
    run_count: int
    claim_path: str  # empty: the workers are elsewhere
    session: str  # that log records are for
    plan: Plan  # what the task's options, its flow and the client's settings ask for
    flow_parameters: bytes  # as `FlowRun.sent_parameters` gives them


class Ended(NamedTuple):
    """Tell how an attempt ended that did not simply give a value. One of the fields is set."""

    state: tuple[str, str, str | None, bytes, bool] | None = None  # type, name, message, data, is the data an exception
    again_after_s: float | None = None
    lost: str | None = None  # what the worker wrote that claimed the attempt and died


# A pickle stream, and the buffers that belong to it.
Body = tuple[bytes, list[bytearray]]


def given(body: Body) -> Body:
    """Be the Dask task of bytes that are large, or that several runs share."""
    return body


def execute(ticket: Ticket, body: Body, values: list[Any], shared: Body | None, shared_values: list[Any]) -> Any:
    """Be the Dask task of an attempt.

    `body` holds the task and its arguments, `shared` those of them that all runs of a map have; `values` and `shared_values` are what
    stands in there for upstreams.
    """
    if ticket.claim_path and (earlier := claim(ticket.claim_path, _describe_worker())) is not None:
        return Ended(lost=earlier)
    try:
        return copy_context().run(_execute, ticket, body, values, shared, shared_values)
    finally:
        if ticket.claim_path:
            Path(ticket.claim_path).unlink(missing_ok=True)


def claim(path: str, words: str) -> str | None:
    """Make the file with these words; where it is there already, give its own.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     claim(f"{folder}/run", "worker 1"), claim(f"{folder}/run", "worker 2")
        (None, 'worker 1')
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        try:
            return Path(path).read_text()
        except FileNotFoundError:
            return ""  # who had claimed it has ended it just now
    with os.fdopen(descriptor, "w") as file:
        file.write(words)
    return None


def is_claimed(path: str) -> bool:
    """Tell whether a worker has begun the attempt, and not ended it.

    Example:
        >>> is_claimed("/nowhere/run")
        False
    """
    return os.path.exists(path)


def _describe_worker() -> str:
    from distributed import get_worker  # lazy: Dask's worker has it

    worker = get_worker()
    return f"{worker.name} (pid {os.getpid()}, {worker.address})"


def _execute(ticket: Ticket, body: Body, values: list[Any], shared: Body | None, shared_values: list[Any]) -> Any:
    executes_inline.set(True)
    if ticket.session not in sessions_here:
        _session.set(ticket.session)
        _forward_records()
    if not ticket.claim_path:
        _tell(ticket.session, (BEGUN, ticket.key, ticket.run_count))
    try:
        with codec.upstream_values(values):
            (task, args), kwargs = codec.decode(*_own_copy(body))
        if shared is not None:
            with codec.upstream_values(shared_values):
                kwargs.update(codec.decode(*_own_copy(shared))[1])
        state = _state_of(task, args, kwargs, ticket)
    except RetryRun as again:
        return Ended(again_after_s=again.delay_s)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is the run's outcome
        state = failed_by(error)
    if state.is_completed() and state.name == "Completed" and state.message is None:
        if not isinstance(state.data, Ended) and (refusal := _why_not_sent(state.data)) is None:
            return state.data
        state = failed_by(refusal) if refusal is not None else state
    return Ended(state=dismantled(state))


def _own_copy(body: Body) -> Body:
    # Arrays stand on these bytes, and a task may write into its own. Dask may hand the same ones out again.
    return body[0], [bytearray(buffer) for buffer in body[1]]


def _state_of(task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], ticket: Ticket) -> State[Any]:
    here.learn_flow_parameters(ticket.label.flow, ticket.flow_parameters)
    run = TaskRun(
        ticket.label,
        ticket.key,
        parameters_of=lambda: task.parameters.with_defaults(args, kwargs),
        run_count=ticket.run_count,
    )
    # Everything is resolved by now: what looks like a state or a future is a value.
    if not task.isasync:
        return state_of_call(task, args, kwargs, None, run, plan=ticket.plan, asks_again=True, resolves=False)
    import asyncio  # lazy: most tasks are not async

    attempt = state_of_coroutine(task, args, kwargs, None, run, plan=ticket.plan, asks_again=True, resolves=False)
    return asyncio.run(attempt)


def _why_not_sent(value: Any) -> BaseException | None:
    """Tell why a value could not leave this worker: Dask would find out when it is too late for the run to fail by it."""
    if type(value) in (type(None), bool, int, float, str, bytes) or hasattr(value, "__array_interface__"):
        return None
    try:
        codec.encode(value, what="result")
    except EncodingError as error:
        return error
    except Exception as error:  # noqa: BLE001 - what pickling raised is the run's error
        return error
    return None


# --- states on their way ------------------------------------------------------------------------------------------------


def dismantled(state: State[Any]) -> tuple[str, str, str | None, bytes, bool]:
    """Give a state in parts that travel, its exception with the traceback of this process."""
    data, is_error = state.data, isinstance(state.data, BaseException)
    if is_error:
        stream, buffers = codec.encode_error(data)
        data = (stream, [bytes(buffer) for buffer in buffers])
    return state.type.value, state.name, state.message, codec.encode_in_band(data, what="result"), is_error


def assembled(parts: tuple[str, str, str | None, bytes, bool]) -> State[Any]:
    """Make the state again.

    Example:
        >>> from hpcflow.states import Failed
        >>> assembled(dismantled(Failed(message="no data", data=ValueError("no data"))))
        Failed(message='no data', type=FAILED, result=ValueError('no data'))
    """
    type_value, name, message, encoded, is_error = parts
    data = codec.decode(encoded)
    if is_error:
        data = codec.decode_error(*data)
    return State(StateType(type_value), name=name, message=message, data=data)


# --- log records --------------------------------------------------------------------------------------------------------


class _Sender(RecordSender):
    """Send log records to the client, through the scheduler."""

    def __init__(self) -> None:
        super().__init__(-1)

    def send(self, record: Record) -> None:
        session = _session.get()
        if session is not None:  # else it is not of a run of ours
            _tell(session, record)


def _tell(session: str, record: Record) -> None:
    import pickle  # lazy: loaded long since

    from distributed import get_worker  # lazy: Dask's worker has it

    get_worker().log_event(TOPIC, [session, pickle.dumps(record)])


_forwards = False


def _forward_records() -> None:
    global _forwards  # noqa: PLW0603 - once in each worker
    if not _forwards:
        import logging  # lazy: Dask has loaded it

        from hpcflow._worker.logs import RecordHandler  # lazy: as above

        logging.root.addHandler(RecordHandler(_Sender()))
        _forwards = True
