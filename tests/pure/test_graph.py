"""The graph, driven by Hypothesis against the oracle of graph_oracle.py.

`python -m tests.pure.test_graph 5000` tries five thousand examples of each machine.
"""

from __future__ import annotations

import sys

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.pure.graph_oracle import FIRST_SEQUENCE, MASK, OVERLAPPING, Key, Pool, Report

MILLISECOND_NS = 1_000_000
slots = st.integers(0, 3)
kinds = st.sampled_from(["value", "value", "value", "error", "retry"])
hurries = st.sampled_from([0, 0, 1, 2, 3, 9])


class GraphAgainstOracle(RuleBasedStateMachine):
    """Submit, work, crash, cancel and wait in any order."""

    breaks_on_death = False

    @initialize(
        slot_count=st.integers(1, 4),
        is_brutal=st.sampled_from([False, False, False, True]),
        runs_most=st.sampled_from([0, 0, 0, 1, 3, 20]),
    )
    def begin(self, slot_count: int, is_brutal: bool, runs_most: int) -> None:
        self.pool = Pool(slot_count, breaks_on_death=self.breaks_on_death, runs_most=runs_most)
        self.is_brutal = is_brutal  # some examples know events after which little is left to see
        self.pool.submit(2 * slot_count, 1, [], 2, 0, 0)
        self.pool.turn()
        for slot in range(slot_count):
            self.pool.open(slot)
        self.pool.turn()

    def slot(self, number: int) -> int:
        return number % len(self.pool.lanes)

    def some_run(self, data: st.DataObject) -> Key | None:
        """Choose among the runs of spans that have not been dropped, the open ones first."""
        runs = [run for run in self.pool.runs.values() if run.key[0] not in self.pool.dropped]
        if not runs:
            return None
        runs.sort(key=lambda run: run.ending is not None)
        return runs[data.draw(st.integers(0, min(len(runs), 12) - 1))].key

    @rule(
        data=st.data(),
        count=st.sampled_from([1, 1, 2, 5, 12, 40]),
        chunk_items=st.sampled_from([1, 4, 64]),
        edge_count=st.sampled_from([0, 0, 1, 2, 3]),
        attempts=st.integers(1, 3),
        delay_ns=st.sampled_from([0, 20 * MILLISECOND_NS]),
        function=st.integers(0, 3),
    )
    def submit(
        self,
        data: st.DataObject,
        count: int,
        chunk_items: int,
        edge_count: int,
        attempts: int,
        delay_ns: int,
        function: int,
    ) -> None:
        edges = []
        for _ in range(edge_count if count < 12 else min(edge_count, 1)):
            upstream = self.some_run(data)
            if upstream is not None:
                item = data.draw(st.integers(-1, min(count, 3) - 1))
                edges.append((item, upstream, data.draw(st.booleans())))
        self.pool.submit(count, chunk_items, edges, attempts, delay_ns, function)

    @rule(data=st.data())
    def chain(self, data: st.DataObject) -> None:
        """Submit runs that each need the one before."""
        upstream = self.some_run(data)
        for _ in range(4):
            edges = [] if upstream is None else [(-1, upstream, False)]
            upstream = (self.pool.submit(1, 1, edges, 1, 0, 0), 0)

    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        """The user lets go of all futures of a span."""
        key = self.some_run(data)
        if key is not None:
            self.pool.dropped.add(key[0])
            self.pool.graph.drop(key[0])

    @rule(number=slots, steps=st.integers(1, 8), kind=kinds)
    def work(self, number: int, steps: int, kind: str) -> None:
        for _ in range(steps):
            self.pool.step_worker(self.slot(number), kind)

    @rule(number=slots, delay_ns=st.sampled_from([0, 5 * MILLISECOND_NS]))
    def ask_for_another_attempt(self, number: int, delay_ns: int) -> None:
        slot = self.slot(number)
        if self.pool.lanes[slot].executing:
            self.pool.report(slot, "retry", delay_ns)

    @rule(number=slots, kind=kinds)
    def leave(self, number: int, kind: str) -> None:
        """The worker reports its last run."""
        slot = self.slot(number)
        if self.pool.lanes[slot].executing:
            self.pool.report(slot, kind, leaves=True)

    @rule(number=slots)
    def read_outbox(self, number: int) -> None:
        if self.pool.lanes[self.slot(number)].state == "open":
            self.pool.read_outbox(self.slot(number))

    @rule(steps=st.lists(st.integers(0, 6), min_size=4, max_size=4), kind=kinds)
    def work_everywhere(self, steps: list[int], kind: str) -> None:
        """Workers go on while the coordinator is away; then it takes a turn."""
        for slot, count in zip(range(len(self.pool.lanes)), steps, strict=False):
            for _ in range(count):
                self.pool.step_worker(slot, kind)
        self.turn(0, MILLISECOND_NS)

    @rule(hurry=hurries, passed_ns=st.sampled_from([0, 10_000, MILLISECOND_NS, 30 * MILLISECOND_NS]))
    def turn(self, hurry: int, passed_ns: int) -> None:
        """What the coordinator does most of the time."""
        self.pool.now_ns += passed_ns
        self.pool.hurry = hurry
        for slot, lane in enumerate(self.pool.lanes):
            if lane.state == "ordered":
                self.pool.open(slot)
            if lane.state == "retiring":
                self.pool.lose(slot)
            self.pool.read_outbox(slot)
        self.pool.turn()

    @rule(hurry=hurries)
    def short_turn(self, hurry: int) -> None:
        """What a submitting thread does: nothing is read."""
        self.pool.hurry = hurry
        self.pool.turn()

    @rule(number=slots)
    def start(self, number: int) -> None:
        if self.pool.lanes[self.slot(number)].state == "ordered":
            self.pool.open(self.slot(number))

    @rule(number=slots, steps=st.integers(0, 3))
    def die(self, number: int, steps: int) -> None:
        """Kill the worker at the slot; it may have claimed a run, or not even have started."""
        slot = self.slot(number)
        for _ in range(steps):
            self.pool.step_worker(slot)
        if self.pool.lanes[slot].state != "closed":
            self.pool.now_ns += 2_000 * MILLISECOND_NS  # no death at start: the pool would break of those
            self.pool.lose(slot)

    @rule(data=st.data(), hurry=hurries)
    def cancel(self, data: st.DataObject, hurry: int) -> None:
        key = self.some_run(data)
        if key is not None:
            self.pool.hurry = hurry
            self.pool.cancel(key)

    @precondition(lambda self: self.is_brutal)
    @rule(hurry=hurries)
    def cancel_open(self, hurry: int) -> None:
        self.pool.hurry = hurry
        self.pool.cancel_open()

    @precondition(lambda self: self.is_brutal and len(self.pool.runs) > 30)
    @rule()
    def break_pool(self) -> None:
        self.pool.break_pool()

    @invariant()
    def all_is_well(self) -> None:
        if hasattr(self, "pool"):
            self.pool.check()

    def teardown(self) -> None:
        if hasattr(self, "pool"):
            self.pool.drain()


class BreakingGraphAgainstOracle(GraphAgainstOracle):
    """The standard library's rule: one death ends everything."""

    breaks_on_death = True


TestGraph = GraphAgainstOracle.TestCase
TestGraph.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestBreakingGraph = BreakingGraphAgainstOracle.TestCase
TestBreakingGraph.settings = settings(max_examples=8, stateful_step_count=25, deadline=None)


def opened_pool(slot_count: int) -> Pool:
    pool = Pool(slot_count)
    pool.submit(2 * slot_count, 1, [], 1, 0, 0)
    pool.turn()
    for slot in range(slot_count):
        pool.open(slot)
    pool.drain()
    return pool


def test_runs_behind_an_unusually_long_one_move_to_an_idle_worker() -> None:
    pool = opened_pool(2)
    pool.submit(1, 1, [], 1, 0, 0)
    pool.turn()
    busy = next(slot for slot, lane in enumerate(pool.lanes) if lane.end > lane.next)
    pool.claim(busy)
    # The mean says that these are over in a microsecond: not worth another core.
    pool.submit(5, 8, [], 1, 0, 0)
    pool.turn()
    for _ in range(20):
        for slot in {0, 1} - {busy}:
            while pool.step_worker(slot):
                pass
            pool.read_outbox(slot)
        pool.now_ns = max(pool.now_ns, pool.graph.next_tick_ns)
        pool.turn()
    assert len(pool.open_runs()) == 1


def test_restarts_slow_down_when_a_run_kills_its_workers() -> None:
    pool = opened_pool(1)
    pool.submit(1, 1, [], 20, 0, 0)
    waits = []
    for _ in range(10):
        pool.turn()
        pool.claim(0)
        lost_ns = pool.now_ns
        pool.lose(0)
        pool.turn()
        while pool.lanes[0].state == "closed":
            pool.now_ns = pool.graph.next_tick_ns
            pool.turn()
        waits.append((pool.now_ns - lost_ns) // MILLISECOND_NS)
        pool.open(0)
    assert waits == [0, 10, 20, 40, 80, 160, 320, 640, 1280, 2000]


def test_runs_of_both_kinds_in_turn_are_assigned_at_once() -> None:
    pool = opened_pool(1)
    for function in (1, 1, 3):  # the first and the fourth span's runs are short, and are known to be
        pool.submit(1, 1, [], 1, 0, function)
    pool.drain()
    for number in range(30):
        pool.submit(1, 1, [], 1, 0, 3 * (number % 2))
    pool.turn()
    pool.drain()


def test_what_ends_a_run_slows_nothing() -> None:
    pool = opened_pool(1)
    pool.submit(10, 1, [], 1, 0, 0)
    for _ in range(10):
        pool.turn()
        pool.claim(0)
        pool.lose(0)
        pool.turn()
        pool.open(0)  # it was ordered at once
    assert not pool.open_runs()


def test_a_worker_is_replaced_after_its_runs() -> None:
    pool = Pool(1, breaks_on_death=True, runs_most=3)
    span = pool.submit(7, 8, [], 1, 0, 0)
    pool.turn()
    incarnations = 0
    while pool.open_runs():
        pool.open(0)
        incarnations += 1
        while pool.lanes[0].state == "open" and pool.open_runs():
            pool.turn()
            while pool.step_worker(0):
                pass
            pool.read_outbox(0)
        pool.turn()
        if pool.lanes[0].state == "retiring":
            pool.lose(0)
            pool.turn()
    assert incarnations == 3
    assert {pool.runs[span, item].ending for item in range(7)} == {"value"}


def test_all_workers_die_at_start_once_and_the_pool_goes_on() -> None:
    pool = Pool(16)
    pool.submit(64, 1, [], 1, 0, 0)
    pool.turn()
    for slot in range(16):
        pool.lose(slot)
    pool.drain()
    assert {run.ending for run in pool.runs.values()} == {"value"}


def test_workers_that_never_start_break_the_pool() -> None:
    pool = Pool(2)
    pool.submit(3, 1, [], 1, 0, 0)
    deaths = 0
    while not pool.graph.is_broken:
        pool.now_ns = max(pool.now_ns, pool.graph.next_tick_ns)
        pool.turn()
        for slot, lane in enumerate(pool.lanes):
            if lane.state == "ordered" and not pool.graph.is_broken:
                pool.lanes[slot].state = "closed"
                pool.graph.slot_lost(slot, FIRST_SEQUENCE & MASK, pool.now_ns)
                deaths += 1
    assert 8 <= deaths <= 16
    pool.is_broken = True
    pool.carry_out()
    assert {run.ending for run in pool.runs.values()} == {"broken"}
    assert pool.graph.next_tick_ns == -1


def test_a_retry_after_a_late_cancel_is_not_cancelled_by_a_steal() -> None:
    pool = opened_pool(2)
    span = pool.submit(1, 1, [], 1, 0, 1)
    pool.turn()
    slot = next(slot for slot, lane in enumerate(pool.lanes) if lane.end > lane.next)
    pool.claim(slot)
    pool.cancel_open()
    pool.report(slot, "retry")
    pool.read_outbox(slot)
    pool.check()
    pool.drain()
    assert pool.runs[span, 0].ending == "value"


def test_a_span_without_runs_has_ended() -> None:
    pool = Pool(1)
    pool.submit(0, 1, [], 1, 0, 0)
    pool.check()
    assert pool.graph.open_runs == 0


def test_a_scribbled_claim_word_costs_one_attempt_at_most() -> None:
    pool = opened_pool(1)
    span = pool.submit(3, 1, [], 2, 0, 1)
    pool.turn()
    pool.graph.slot_lost(0, (pool.lanes[0].end + 1000) & MASK, pool.now_ns)
    assert pool.graph.check() == ""
    assert [pool.graph.attempt(span, item) for item in range(3)] == [2, 1, 1]


def test_runs_that_overlap_are_reported_in_any_order() -> None:
    pool = opened_pool(1)
    span = pool.submit(5, 8, [], 1, 0, OVERLAPPING)
    pool.turn()
    lane = pool.lanes[0]
    assert lane.end - lane.next == 5, "a worker is given all of them at once"
    for _ in range(5):
        pool.claim(0)
    first = lane.executing[0]
    for sequence in (first + 3, first + 1):
        lane.executing.remove(sequence)
        pool.handle_report(0, Report(sequence, "value", 0))
        pool.check()
    assert pool.graph.step(span, 3) == pool.graph.step(span, 1) == "ended"
    lane.executing.remove(first)
    pool.handle_report(0, Report(first, "retry", 0))
    pool.check()
    pool.lose(0)
    endings = [pool.graph.ending(span, item) for item in range(5)]
    assert endings == ["none", "value", "crashed", "value", "crashed"]
    pool.drain()
    assert pool.graph.ending(span, 0) == "value"


if __name__ == "__main__":
    for machine in (GraphAgainstOracle, BreakingGraphAgainstOracle):
        run_state_machine_as_test(
            machine, settings=settings(max_examples=int(sys.argv[1]), stateful_step_count=60, deadline=None)
        )
