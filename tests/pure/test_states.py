"""The table of states: types, names, what they print, and what results they give."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from hpcflow import states
from hpcflow._endings import FLOW_FAILED, crashed_by, failed_by, state_of_returned
from hpcflow.errors import CancelledRun, CrashedRun, FailedRun, MissingResult, UnfinishedRun
from hpcflow.states import State, StateType

TABLE = [
    (states.Scheduled, "SCHEDULED", "Scheduled", "is_scheduled"),
    (states.AwaitingRetry, "SCHEDULED", "AwaitingRetry", "is_scheduled"),
    (states.Pending, "PENDING", "Pending", "is_pending"),
    (states.NotReady, "PENDING", "NotReady", "is_pending"),
    (states.Running, "RUNNING", "Running", "is_running"),
    (states.Retrying, "RUNNING", "Retrying", "is_running"),
    (states.Completed, "COMPLETED", "Completed", "is_completed"),
    (states.Cached, "COMPLETED", "Cached", "is_completed"),
    (states.Failed, "FAILED", "Failed", "is_failed"),
    (states.TimedOut, "FAILED", "TimedOut", "is_failed"),
    (states.Crashed, "CRASHED", "Crashed", "is_crashed"),
    (states.Cancelled, "CANCELLED", "Cancelled", "is_cancelled"),
]
PREDICATES = {name for name in dir(State) if name.startswith("is_") and callable(getattr(State, name))}


@pytest.mark.parametrize(("make", "kind", "name", "predicate"), TABLE, ids=[row[2] for row in TABLE])
def test_each_state(make: Callable[..., State[Any]], kind: str, name: str, predicate: str) -> None:
    state = make(message="why")
    assert (state.type.value, state.name, state.message) == (kind, name, "why")
    true = {each for each in PREDICATES if getattr(state, each)()}
    final = {"is_final"} if kind in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else set()
    assert true == {predicate} | final


def test_what_it_prints() -> None:
    assert str(states.Completed()) == "Completed()"
    assert str(states.Failed(message="x: y")) == "Failed('x: y')"
    assert str(states.NotReady(message="m")) == "NotReady('m', type=PENDING)"
    assert repr(states.Completed(message="m", data=1)) == "Completed(message='m', type=COMPLETED, result=1)"
    assert repr(StateType.FAILED) == "StateType.FAILED"
    assert str(StateType.FAILED) == "StateType.FAILED"


def test_results() -> None:
    error = ValueError("x")
    assert states.Completed(data=[1]).result() == [1]
    assert states.Failed(data=error).result(raise_on_failure=False) is error
    with pytest.raises(ValueError, match="x") as raised:
        states.Failed(data=error).result()
    assert raised.value is error
    with pytest.raises(MissingResult):
        states.Completed().result()
    with pytest.raises(UnfinishedRun, match=r"^Run is in PENDING state, its result is not available\.$"):
        states.NotReady().result()


@pytest.mark.parametrize(
    ("state", "kind", "text"),
    [
        (states.Failed(), FailedRun, "Run failed."),
        (states.Crashed(), CrashedRun, "Run crashed."),
        (states.Cancelled(), CancelledRun, "Run cancelled."),
        (states.Failed(message="because"), FailedRun, "because"),
        (states.Failed(data="a text"), FailedRun, "a text"),
        (states.Failed(data=states.Failed(message="inner")), FailedRun, "inner"),
        (states.Failed(data=[states.Completed(), states.Crashed(message="inner")]), CrashedRun, "inner"),
    ],
)
def test_a_failure_without_exception_has_a_stand_in(state: State[Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as raised:
        state.result()
    assert type(raised.value) is kind
    assert str(raised.value) == text


def test_timestamp_is_aware() -> None:
    assert states.Completed().timestamp.utcoffset() is not None


def test_a_state_travels_with_its_data() -> None:
    state = pickle.loads(pickle.dumps(states.Failed(message="m", data=ValueError("x"))))
    assert str(state) == "Failed('m')"
    assert isinstance(state.data, ValueError)
    assert pickle.loads(pickle.dumps(states.Completed())).data is None


def test_exceptions_become_states() -> None:
    assert str(failed_by(ValueError("x"))) == "Failed('Task run encountered an exception ValueError: x')"
    assert failed_by(ValueError("x"), FLOW_FAILED).message == "Flow run encountered an exception: ValueError: x"
    assert failed_by(SystemExit(2)).message == "Execution was aborted by Python system exit call."
    assert crashed_by(RuntimeError("r")).message == (
        "Execution was interrupted by an unexpected exception: RuntimeError: r"
    )


def _run_states(*made: State[Any]) -> list[State[Any]]:
    return [State.of_run(state, object(), data=state.data) for state in made]


@pytest.mark.parametrize(
    ("returned", "kind", "message"),
    [
        (_run_states(states.Completed(), states.Completed()), "COMPLETED", "All states completed."),
        (_run_states(states.Completed(), states.Failed(), states.Failed()), "FAILED", "2/3 states failed."),
        (_run_states(states.Completed(), states.Failed(), states.Crashed()), "FAILED", "2/3 states failed."),
        (_run_states(states.Failed(), states.Cancelled()), "CANCELLED", "1/2 states cancelled."),
        (_run_states(states.Completed(), states.Pending()), "FAILED", "1/2 states are not final."),
        (tuple(_run_states(states.Completed())), "COMPLETED", "All states completed."),
        (_run_states(states.Failed())[0], "FAILED", "1/1 states failed."),
    ],
)
def test_states_returned_are_counted(returned: Any, kind: str, message: str) -> None:
    state = state_of_returned(returned, "owner")
    assert (state.type.value, state.message) == (kind, message)


def test_a_state_made_by_hand_is_the_final_state() -> None:
    state = state_of_returned(states.Failed(message="mine", name="Refused"), "owner")
    assert (state.name, state.message) == ("Refused", "mine")
    assert state_of_returned(states.Completed(), "owner").result() is None
    assert state_of_returned({"a": states.Completed()}, "owner").is_completed()
