"""`max_tasks_per_child`: workers are replaced after so many calls, and nothing else is different."""

from __future__ import annotations

import concurrent.futures
import time
from collections import Counter
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest

from hpcflow.executor import Executor
from tests.crash import deeds
from tests.crash.driver import DEADLINE_S, wait_until


@pytest.mark.parametrize("on_worker_death", ["break", "isolate"])
def test_a_worker_is_replaced_after_so_many(on_worker_death: str) -> None:
    with Executor(1, max_tasks_per_child=3, on_worker_death=on_worker_death) as executor:  # type: ignore[arg-type]
        names = [executor.submit(deeds.own_name).result(DEADLINE_S) for _ in range(10)]
        assert [names.count(name) for name in dict.fromkeys(names)] == [3, 3, 3, 1]
        assert not executor._broken


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_no_worker_does_more_and_nothing_is_lost(workers: int) -> None:
    with Executor(workers, max_tasks_per_child=5) as executor:
        futures = [executor.submit(deeds.own_name, 0.0005) for _ in range(60)]
        mapped = list(executor.map(lambda number: (number, deeds.own_name()), range(200)))
        assert [number for number, _ in mapped] == list(range(200))
        names = Counter([*(future.result(DEADLINE_S) for future in futures), *(name for _, name in mapped)])
    assert max(names.values()) == 5
    assert sum(names.values()) == 260


def test_others_work_on_while_one_is_replaced() -> None:
    with Executor(2, max_tasks_per_child=1) as executor:
        slow = executor.submit(time.sleep, 0.3)
        assert [executor.submit(deeds.square, number).result(DEADLINE_S) for number in range(20)] == [
            number * number for number in range(20)
        ]
        assert slow.result(DEADLINE_S) is None


def test_what_a_replaced_worker_gave_stays() -> None:
    with Executor(1, max_tasks_per_child=1) as executor:
        futures = [executor.submit(np.full, 100_000, float(number)) for number in range(20)]
        arrays = [future.result(DEADLINE_S) for future in futures]
    for number, array in enumerate(arrays):
        assert (array == number).all()


def test_more_workers_may_have_gone_than_have_results_that_are_held() -> None:
    # There are 255 places for workers' results. Beyond that, a new one takes over what is free of an old one's.
    count = 300
    with Executor(2, max_tasks_per_child=1) as executor:
        futures = [executor.submit(np.full, 10_000 * (1 + number % 3), float(number)) for number in range(count)]
        arrays = [future.result(DEADLINE_S) for future in futures]
        del futures
        # Those that come now lie beside the others'.
        for number in range(count, count + 20):
            arrays.append(executor.submit(np.full, 30_000, float(number)).result(DEADLINE_S))
            del arrays[0]
        for number, array in enumerate(arrays, start=20):
            assert (array == number).all()


def test_recalled_calls_do_not_count(tmp_path: Path) -> None:
    with Executor(1, max_tasks_per_child=2) as executor:
        first = executor.submit(deeds.pass_gate, str(tmp_path))
        wait_until(lambda: any(tmp_path.glob("began-*")), "it has begun")
        others = [executor.submit(deeds.own_name) for _ in range(5)]
        assert all(future.cancel() for future in others)
        (tmp_path / "open").touch()
        assert first.result(DEADLINE_S) == 0
        names = [executor.submit(deeds.own_name).result(DEADLINE_S) for _ in range(2)]
    assert len(set(names)) == 2  # the first worker had one left
    assert concurrent.futures.wait(others, DEADLINE_S).done == set(others)


def leave_late() -> str:
    import atexit

    atexit.register(time.sleep, 0.2)
    return deeds.own_name()


def test_exit_handlers_run_before_the_next_worker_comes() -> None:
    with Executor(1, max_tasks_per_child=1) as executor:
        first = executor.submit(leave_late).result(DEADLINE_S)
        second = executor.submit(deeds.own_name).result(DEADLINE_S)
    assert first != second


@pytest.mark.kills_workers
def test_a_worker_killed_before_its_time_breaks_the_pool_still() -> None:
    with Executor(1, max_tasks_per_child=5) as executor:
        assert executor.submit(deeds.square, 3).result(DEADLINE_S) == 9
        with pytest.raises(BrokenProcessPool):
            executor.submit(deeds.leave, 3).result(DEADLINE_S)
