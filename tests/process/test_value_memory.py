"""The memory of values: it comes back when nobody needs them, and what is larger than the budget is a clear error."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from hpcflow import task
from hpcflow._engine.outcomes import Ending
from hpcflow._engine.pool import Pool, shared_pool
from hpcflow._native import Run
from hpcflow.errors import MemoryBudgetError
from tests.crash import deeds
from tests.crash.driver import (
    DEADLINE_S,
    call,
    error_of,
    open_pool,
    outcome_of,
    start,
    start_after,
    value_of,
    wait_until,
)
from tests.process.test_large_values import MIB, Array, is_intact, make, pattern, total_of


@pytest.fixture
def pool() -> Pool:
    return shared_pool(1)


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("HPCFLOW_MEMORY_BUDGET", "32MiB")
    return 32 * MIB


def make_zeros(size_bytes: int) -> Array:
    """Give an array whose making costs next to nothing."""
    return np.zeros(size_bytes, np.uint8)


# --- memory comes back ------------------------------------------------------------------------------------------------


def test_blocks_are_returned() -> None:
    with open_pool(2) as pool:
        for _ in range(200):
            assert len(call(pool, make_zeros, 8 * MIB)) == 8 * MIB
            assert pool.engine.committed_bytes < 8 * 8 * MIB
        sent = np.zeros(8 * MIB, np.uint8)
        for _ in range(100):
            assert call(pool, deeds.size_of, sent) == 8 * MIB
            assert pool.engine.committed_bytes < 16 * 8 * MIB


def test_results_that_nobody_reads_are_dropped() -> None:
    with open_pool(2) as pool:
        for _ in range(200):
            start(pool, make_zeros, 4 * MIB).wait(DEADLINE_S)
        assert pool.engine.committed_bytes < 16 * 8 * MIB


def test_more_than_the_budget_passes_through(small_budget: int) -> None:
    with open_pool(2) as pool:
        runs: list[Run] = []
        for number in range(100):
            runs.append(start(pool, make, number, 2 * MIB))
            if len(runs) == 4:
                assert is_intact(value_of(runs.pop(0)), number - 3)
        assert pool.engine.committed_bytes <= small_budget


def test_views_do_not_outlive_their_arrays(pool: Pool) -> None:
    array = call(pool, make, 1, MIB)
    reference = weakref.ref(array)
    del array
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("asked_for", ["result", "state", "state_first"])
def test_a_result_ends_with_its_future(asked_for: str) -> None:
    making = task(make_zeros)
    gc.disable()  # as the next large result finds the memory: nothing may wait for a collection
    try:
        future = making.submit(8 * MIB)
        future.wait()
        if asked_for == "state_first":
            assert future.state.is_completed()
        array = future.result() if asked_for != "state" else future.state.result()
        assert future.state.is_completed()
        kept = weakref.ref(array)
        del array, future
        # Another thread may just be telling of its end, or of others': then it goes with that.
        wait_until(lambda: kept() is None, "the array is gone")
    finally:
        gc.enable()


def test_many_medium_results() -> None:
    with open_pool(2) as pool:
        function = pool.function(make)
        committed: list[int] = []
        for count in (5000, 1000, 1000):
            runs = [pool.engine.submit(function, pool.body((number, 100_000), {}, [])) for number in range(count)]
            for number, run in enumerate(runs):
                assert run is not None
                assert run.wait(DEADLINE_S)
                assert run.ending() == Ending.VALUE, outcome_of(run)
                if number % 97 == 0:
                    assert is_intact(value_of(run), number)
            del run
            committed.append(pool.engine.committed_bytes)
            runs.clear()
        assert committed[2] <= committed[0] + 50 * MIB, "what the first had is used again"


# --- the budget -------------------------------------------------------------------------------------------------------


def test_result_over_the_budget(small_budget: int) -> None:
    with open_pool(2) as pool:
        worker = call(pool, deeds.own_pid)
        error = error_of(start(pool, make, 1, small_budget + MIB))
        assert isinstance(error, MemoryBudgetError)
        assert isinstance(error, MemoryError)
        assert str(small_budget + MIB) in str(error)
        assert "HPCFLOW_MEMORY_BUDGET" in str(error)
        assert is_intact(call(pool, make, 2, MIB), 2)
        assert worker in pool.worker_ids()


def test_stream_over_the_budget(small_budget: int) -> None:
    with open_pool(1) as pool:
        assert isinstance(error_of(start(pool, make_stream, small_budget + MIB)), MemoryBudgetError)
        assert call(pool, deeds.square, 3) == 9


def make_stream(size_bytes: int) -> list[object]:
    """Give a value that is one large pickle stream, without buffers."""
    return [complex(1), "x" * size_bytes]


def test_error_over_the_budget(small_budget: int) -> None:
    with open_pool(1) as pool:
        assert isinstance(error_of(start(pool, raise_large, small_budget + MIB)), MemoryBudgetError)
        assert call(pool, deeds.square, 3) == 9


def raise_large(size_bytes: int) -> None:
    raise ValueError(np.zeros(size_bytes, np.uint8))


def test_argument_over_the_budget(small_budget: int) -> None:
    with open_pool(1) as pool:
        with pytest.raises(MemoryError, match="HPCFLOW_MEMORY_BUDGET"):
            start(pool, deeds.size_of, bytes(small_budget + MIB))
        assert call(pool, deeds.size_of, bytes(MIB)) == MIB


def test_results_held_up_to_the_budget(small_budget: int) -> None:
    with open_pool(2) as pool:
        runs = [start(pool, make, number, 4 * MIB) for number in range(16)]
        outcomes = [outcome_of(run) for run in runs]
        values = [outcome.payload for outcome in outcomes if outcome.ending == Ending.VALUE]
        errors = [outcome.payload for outcome in outcomes if outcome.ending == Ending.ERROR]
        assert len(values) >= 4
        assert len(errors) >= 16 - small_budget // (4 * MIB)
        assert {type(error) for error in errors} == {MemoryBudgetError}
        assert "still held" in str(errors[0])
        for number, outcome in enumerate(outcomes):
            assert outcome.ending == Ending.ERROR or is_intact(outcome.payload, number)
        del values, outcomes, outcome
        runs.clear()
        # Blocks go back to the workers with the coordinator's next turns; then there is room again.
        wait_until(lambda: outcome_of(start(pool, make, 1, 4 * MIB)).ending == Ending.VALUE, "there is room again")


def test_upstream_values_fill_the_budget(small_budget: int) -> None:
    with open_pool(2) as pool:
        upstream = start(pool, make, 3, 12 * MIB)
        same = [start_after(pool, total_of, upstream) for _ in range(20)]
        expected = int(pattern(3, 12 * MIB).sum(dtype=np.int64))
        assert [value_of(run) for run in same] == [expected] * 20, "one block, whoever reads it"
        del upstream, same
