"""What this process is: a worker, or not; and in a worker, which run it executes.

The worker's start says so once, and its loop tells the label of each task that it is brought. Tasks that are submitted from
within a task ask, and so does whoever counts attempts or wants the run's name. Cheap to import: the parent asks at every submit.
"""

from __future__ import annotations

from hpcflow._runs import FlowFacts, Label, TaskRun, leave_warnings_of_names
from hpcflow._wire.records import BEGUN

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from hpcflow._native import WorkerLane
    from hpcflow._wire.records import Record, RecordSender

_lane: WorkerLane | None = None
_key: tuple[int, int] = (0, 0)
_crash_fd = -1
_labels: dict[int, Label] = {}  # by the engine's id of the task's code
_flow_parameters: dict[str, bytes] = {}  # by the flow run's id
_FLOWS_MOST = 100  # beyond that many, the ones that came first are forgotten
_parameters_of: Callable[[], dict[str, Any]] | None = None
_current: TaskRun | None = None  # as it was last asked for
_sender: RecordSender | None = None


def enter(lane: WorkerLane, key: tuple[int, int], crash_fd: int, sender: RecordSender) -> None:
    """Say that this process is a worker with this lane, from now on; `key` is that of its runs' ids.

    Its last words go to `crash_fd`, what it tells the parent to `sender`.
    """
    global _lane, _key, _crash_fd, _sender
    _lane, _key, _crash_fd, _sender = lane, key, crash_fd, sender
    leave_warnings_of_names()


def crash_fd() -> int:
    """Tell where the last words of this worker go."""
    return _crash_fd


def tell(record: Record) -> None:
    """Tell the parent something; nothing happens outside of a worker."""
    if _sender is not None:
        _sender.send(record)


def announce() -> None:
    """Tell the parent that an attempt begins."""
    tell((BEGUN, run_number(), attempt()))


def open_with(parameters_of: Callable[[], dict[str, Any]]) -> None:
    """Say how the arguments, by name, of the run that is executed can be had again."""
    global _parameters_of  # noqa: PLW0603 - as above
    _parameters_of = parameters_of


def learn_label(code_id: int, label: Label) -> None:
    """Remember what runs of a task are called; `code_id` is the engine's id of its code."""
    _labels[code_id] = label


def forget_labels() -> None:
    """Forget them all: the loop has forgotten the functions, and will load again what it meets."""
    _labels.clear()


def learn_flow_parameters(flow: FlowFacts | None, parameters: bytes) -> None:
    """Remember what its submitter has sent of a flow run's parameters."""
    if flow is None or not parameters or flow.flow_run_id in _flow_parameters:
        return
    if len(_flow_parameters) >= _FLOWS_MOST:
        del _flow_parameters[next(iter(_flow_parameters))]
    _flow_parameters[flow.flow_run_id] = parameters


def flow_parameters(flow: FlowFacts) -> dict[str, Any]:
    """Give what is known here of the parameters of a flow run that began in another process.

    Example:
        >>> flow_parameters(FlowFacts("1f3870be274f4c49b3e31a0c6728957f", "sweep", "sweep"))
        {}
    """
    parameters = _flow_parameters.get(flow.flow_run_id)
    if parameters is None:
        return {}
    from hpcflow._wire import codec  # lazy: few ask

    known: dict[str, Any] = codec.decode(parameters)
    return known


def in_worker() -> bool:
    """Tell whether this process is a worker.

    Example:
        >>> in_worker()
        False
    """
    return _lane is not None


def attempt() -> int:
    """Tell the number of the attempt that this worker executes, from 1; 1 outside of a worker.

    Example:
        >>> attempt()
        1
    """
    return 1 if _lane is None else _lane.attempt


def run_number() -> int:
    """Tell the engine's number of the run that this worker executes; -1 where there is none.

    Example:
        >>> run_number()
        -1
    """
    try:
        return -1 if _lane is None else _lane.run_number
    except RuntimeError:  # no run is claimed: an initializer asks, or a thread that outlives its task
        return -1


def current() -> TaskRun | None:
    """Give the run that this worker executes; None outside of a worker, and where what it executes is no task.

    Example:
        >>> current() is None
        True
    """
    global _current  # noqa: PLW0603 - kept for the next question about the same run
    if _lane is None:
        return None
    number = run_number()
    label = None if number < 0 else _labels.get(_lane.function_id)
    if label is None:
        return None
    known = _current
    if known is None or known.number != number or known.run_count != _lane.attempt:
        known = _current = TaskRun(label, _key, number, parameters_of=_parameters_of, run_count=_lane.attempt)
    return known
