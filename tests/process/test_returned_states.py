"""A flow that returns the state of a direct call, or a run that never began: as in Prefect."""

from __future__ import annotations

from typing import Any

import pytest

from hpcflow import State, flow, task


@task
def double(number: int) -> int:
    return 2 * number


@task
def fail() -> None:
    raise ValueError("no data")


def test_the_state_of_a_direct_call_counts_as_a_run_s() -> None:
    @flow
    def lab() -> State[int]:
        state: State[int] = double(2, return_state=True)
        return state

    returned: Any = lab()
    assert isinstance(returned, State)
    assert returned.result() == 4
    assert str(lab(return_state=True)) == "Completed('All states completed.')"


def test_a_run_that_never_began_is_no_failure_to_raise() -> None:
    @flow
    def lab() -> Any:
        return double.submit(fail.submit())

    with pytest.raises(ValueError, match=r"Expected failed or crashed state got NotReady"):
        lab()
    assert lab(return_state=True).is_failed()
