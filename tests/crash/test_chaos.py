"""Workers and the template are killed at random instants while runs go on. Nothing is lost, nothing is wrong.

The instants follow a Poisson process with a fixed seed; what they hit depends on the machine, so each run of these tests tries
others. What must hold does not depend on it.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import pytest

from hpcflow._engine.outcomes import Ending, read_outcome
from hpcflow._engine.pool import Pool
from hpcflow._native import Run, Span
from tests.crash import deeds
from tests.crash.driver import (
    DEADLINE_S,
    call,
    kill_template_of,
    kill_worker_of,
    open_pool,
    start,
    start_after,
    value_of,
    wait_until,
    whole,
)

pytestmark = pytest.mark.kills_workers

SOAK_S = 2.5
MAP_ITEMS = 400
ALWAYS = 60_000  # attempts: more than there are kills


class Killer:
    """Kills workers, and now and then the template, at random instants until it is told to stop."""

    def __init__(self, pool: Pool, *, seed: int, kills_per_s: float, template_share: float) -> None:
        self._pool = pool
        self._random = random.Random(seed)
        self._rate = kills_per_s
        self._template_share = template_share
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._kill_on)
        self.worker_kills = 0
        self.template_kills = 0
        self.error: BaseException | None = None

    def _kill_on(self) -> None:
        try:
            while not self._end.wait(self._random.expovariate(self._rate)):
                if self._random.random() < self._template_share:
                    self.template_kills += _kill_template(self._pool)
                elif pids := self._pool.worker_ids():
                    self.worker_kills += kill_worker_of(self._pool, self._random.choice(pids))
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            self.error = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        assert self.error is None, self.error

    def has_killed(self, enough: int) -> bool:
        """Tell whether that many workers may have died of it: on a loaded machine it needs its time."""
        assert self.error is None, self.error
        return self.worker_kills > 0 and self.deaths_most >= enough

    @property
    def deaths_most(self) -> int:
        """Tell how many workers may have died of it."""
        return self.worker_kills + self._pool.worker_count * self.template_kills


def _kill_template(pool: Pool) -> bool:
    # Only when a worker stands: a pool whose templates die without having had one concludes that they cannot run here.
    return bool(pool.worker_ids()) and kill_template_of(pool)


@contextmanager
def chaos(seed: int, *, kills_per_s: float, template_share: float) -> Iterator[tuple[Pool, Killer]]:
    with open_pool() as pool:
        call(pool, deeds.square, 1)
        killer = Killer(pool, seed=seed, kills_per_s=kills_per_s, template_share=template_share)
        with killer:
            yield pool, killer
        assert killer.worker_kills > 0
        wait_until(lambda: whole(pool) or call(pool, deeds.square, 1) != 1, "the pool is whole again")
        assert call(pool, deeds.square, 5) == 25


def start_map(pool: Pool, first: int, attempts: int) -> Span:
    numbers = list(range(first, first + MAP_ITEMS))
    table = pool.engine.pack_plain_rows((numbers,), 0, MAP_ITEMS)
    assert table is not None
    span = pool.engine.map(pool.function(deeds.work_a_little), MAP_ITEMS, [table], MAP_ITEMS, max_attempts=attempts)
    assert span is not None
    return span


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_every_run_ends_with_its_value() -> None:
    before = descriptors()
    with chaos(20240211, kills_per_s=25, template_share=0.06) as (pool, killer):
        end = time.monotonic() + SOAK_S
        first = 0
        while time.monotonic() < end or not killer.has_killed(11):
            span = start_map(pool, first, ALWAYS)
            large = [
                start(pool, deeds.made_bytes, number, 200_000, attempts=ALWAYS) for number in range(first, first + 4)
            ]
            chain = start(pool, deeds.square, first, attempts=ALWAYS)
            sized = start_after(pool, deeds.size_of, large[0], attempts=ALWAYS)
            assert span.wait(DEADLINE_S), pool.engine.story()
            values, others = span.plain_values(None)
            assert (values, others) == ([number * number for number in range(first, first + MAP_ITEMS)], [])
            for number, run in enumerate(large, start=first):
                assert value_of(run) == deeds.made_bytes(number, 200_000)
            assert value_of(chain) == first * first
            assert value_of(sized) == 200_000
            first += MAP_ITEMS
        assert killer.deaths_most > 10
    wait_until(lambda: descriptors() <= before + 1, "its descriptors are closed")
    del span, large, chain, sized, run


def test_every_run_ends_once() -> None:
    # Each run may have one attempt: it has a value, or it was executing on a worker that died. None was lost, none twice.
    spans: list[Span] = []
    with chaos(7, kills_per_s=25, template_share=0.06) as (pool, killer):
        end = time.monotonic() + SOAK_S
        while time.monotonic() < end or not killer.has_killed(1):
            spans.append(start_map(pool, len(spans) * MAP_ITEMS, 1))
            if len(spans) > 2:
                assert spans[-3].wait(DEADLINE_S), pool.engine.story()
        for span in spans:
            assert span.wait(DEADLINE_S), pool.engine.story()
    crashed = 0
    for nth, span in enumerate(spans):
        values, others = span.plain_values(None)
        for item in others:
            assert read_outcome(span.run(item)).ending == Ending.CRASHED
        crashed += len(others)
        kept = [value for value in values if value is not None]
        assert kept == [(nth * MAP_ITEMS + item) ** 2 for item in range(MAP_ITEMS) if values[item] is not None], (
            f"map {nth}"
        )
    assert crashed <= killer.deaths_most


def test_callers_of_many_threads_get_theirs() -> None:
    errors: list[BaseException] = []
    with chaos(11, kills_per_s=20, template_share=0.05) as (pool, killer):
        end = time.monotonic() + SOAK_S / 2

        def call_on(own: int) -> None:
            try:
                while time.monotonic() < end or not killer.has_killed(1):
                    runs: list[Run] = [
                        start(pool, deeds.made_bytes, own + number, 70_000, attempts=ALWAYS) for number in range(5)
                    ]
                    for number, run in enumerate(runs):
                        assert value_of(run) == deeds.made_bytes(own + number, 70_000)
            except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
                errors.append(error)

        threads = [threading.Thread(target=call_on, args=(1000 * nth,)) for nth in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
