"""File descriptors run out: whoever asks for a pool is told so, nothing stays open, and a pool that stands goes on."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hpcflow._engine.outcomes import Ending
from hpcflow._engine.pool import Pool
from tests.crash import deeds
from tests.crash.driver import call, fill, held, kill, open_pool, outcome_of, start, wait_until, whole

# The shared pool, should there be one, may close for being idle just then: it must not be counted.
pytestmark = [pytest.mark.kills_workers, pytest.mark.usefixtures("fresh_pool")]


@contextmanager
def limited_to(count: int) -> Iterator[None]:
    """Let this process open no descriptor from this number on."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def opened() -> list[int]:
    """Tell the descriptors that are open now, but for the one that it takes to look."""
    return sorted(map(int, os.listdir("/proc/self/fd")))[:-1]


def test_a_pool_that_cannot_be_made_leaves_nothing_open() -> None:
    with open_pool(1) as pool:
        assert call(pool, deeds.square, 2) == 4  # what is loaded once is loaded
    before = opened()
    refusals = 0
    for more in range(30):
        with limited_to(before[-1] + 1 + more):
            try:
                scarce = Pool(1)
            except OSError as error:
                assert "Too many open files" in str(error)  # noqa: PT017 - some succeed
                refusals += 1
            else:
                assert call(scarce, deeds.square, 3) == 9
                scarce.close()
                assert scarce.join()
                break
        wait_until(lambda: opened() == before, f"nothing is left open, with {more} more")
    assert refusals > 3


def test_workers_that_cannot_be_watched_are_none_until_they_can() -> None:
    with open_pool(2) as pool:
        workers = fill(pool)
        with limited_to(3):
            kill(workers[0])
            wait_until(lambda: workers[0] not in pool.worker_ids(), "it is gone")
            # The template forks one after the other, whose pidfds do not arrive. The other worker goes on.
            for number in range(30):
                assert call(pool, deeds.square, number) == number * number
            assert pool.worker_ids() == workers[1:]
        wait_until(lambda: whole(pool), "the pool is whole again")
        with held(pool):
            assert len(pool.worker_ids()) == 2


def test_a_pool_that_can_watch_no_worker_says_so() -> None:
    pool = Pool(1)
    with limited_to(3):
        run = start(pool, deeds.square, 3)
        outcome = outcome_of(run)
    assert outcome.ending == Ending.BROKEN
    assert "no worker can be started: this process may open no more file descriptors" in outcome.payload
    pool.close()
    assert pool.join()
