"""How many items a second does a map get through when nobody chooses a chunk size?

hpcflow is measured three ways: a task's map with the results taken from the list, the same with each future asked by
itself, and ``Executor.map``. In all three each item is a run with a state and an exception of its own; in the peers'
quick maps a chunk of items stands and falls together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

import hpcflow
from benchmarks.contest import Contest, Figures, Measure
from benchmarks.peers import WORKERS, open_together
from benchmarks.report import Goal
from benchmarks.work import same

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 7
ITEMS = 100_000
# One item is one message for these two: 100,000 would take 20 s in each round, at the same rate.
ITEMS_OF_SLOW_PEERS = 4_000
SLOW_PEERS = ("stdlib fork", "loky")
EACH_FUTURE = "hpcflow.task, each future"
GOAL_RATE = Goal("at least", 1_000_000)
GOAL_RATIO = Goal("at least", 2, on="ratio")

Mapper = Callable[[Callable[[Any], Any], Sequence[Any]], Sequence[Any]]


def map_and_ask_each(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    return [future.result() for future in hpcflow.task(function).map(items)]


def measure_of(name: str, mapper: Mapper) -> Measure:
    items = range(ITEMS_OF_SLOW_PEERS if name in SLOW_PEERS else ITEMS)

    def measure() -> Figures:
        begun = time.perf_counter()
        values = mapper(same, items)
        seconds = time.perf_counter() - begun
        if list(values) != list(items):
            pytest.fail(f"{name} returned wrong values")
        return {"items/s": len(items) / seconds}

    return measure


def test_map_throughput(benchmark: BenchmarkFixture) -> None:
    names = ("stdlib fork", "mp.Pool", "loky", "joblib", "hpcflow.Executor", "hpcflow.task")
    with open_together(names, WORKERS) as pools:
        mappers: dict[str, Mapper] = {name: pool.mapper for name, pool in pools.items()}
        mappers[EACH_FUTURE] = map_and_ask_each
        contest = Contest({name: measure_of(name, mapper) for name, mapper in mappers.items()})
        contest.run(benchmark, "hpcflow.task", rounds=ROUNDS)
    rows = []
    for subject in ("hpcflow.task", EACH_FUTURE, "hpcflow.Executor"):
        rows.append(contest.row("map, items/s", "items/s", subject, goal=GOAL_RATE))
        for peer in ("joblib", "mp.Pool", "loky", "stdlib fork"):
            goal = GOAL_RATIO if peer == "joblib" else None
            rows.append(contest.row("map, items/s", "items/s", subject, peer, goal=goal))
    contest.record(benchmark, rows)
