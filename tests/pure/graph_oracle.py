"""What the graph must do, told plainly: the oracle that tests/pure/test_graph.py holds it against.

`Pool` plays everything around a GraphProbe: the coordinator that carries its commands out, and the workers, which
claim, execute and report in their own time, also in the middle of a recall. It keeps a `Run` for each run and asserts
at each step that what the graph wants done is allowed, and after each event that all that must follow has followed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from hpcflow._native import GraphProbe

FIRST_SEQUENCE = 2**32 - 7  # so that they wrap around early
MASK = 2**32 - 1
OVERLAPPING = 3  # the function whose runs overlap
CHUNK_NS = {"short": 200, "middling": 60_000, "long": 5_000_000}

Key = tuple[int, int]  # span, item


@dataclass(slots=True)
class Run:
    """One run as the oracle knows it."""

    key: Key
    max_attempts: int
    crash_delay_ns: int
    needs: list[tuple[Key, bool]]  # upstream, and whether its failure is allowed
    attempt: int = 1
    begun: bool = False  # claimed in its present attempt
    not_before_ns: int = 0
    ending: str | None = None


@dataclass(slots=True)
class Report:
    sequence: int
    kind: str  # "value", "error" or "retry"
    delay_ns: int
    leaves: bool = False  # its worker claims no more


@dataclass(slots=True)
class Lane:
    """One slot: the worker there, its claim word, its cells and its outbox. Sequence numbers do not wrap here."""

    state: str = "closed"  # or "ordered", "open", "retiring"
    next: int = FIRST_SEQUENCE
    end: int = FIRST_SEQUENCE
    reported: int = FIRST_SEQUENCE  # the first run whose report has not been read
    runs: dict[int, Key] = field(default_factory=dict)
    cells: deque[tuple[int, int]] = field(default_factory=deque)  # start and count of the unfinished ones
    executing: list[int] = field(default_factory=list)  # several only where their runs overlap
    early: set[int] = field(default_factory=set)  # reported before one that stands in front of them
    leaves: bool = False  # the worker claims no more
    is_known_to_leave: bool = False  # and the graph has been told
    outbox: deque[Report] = field(default_factory=deque)

    def unfolded(self, sequence: int) -> int:
        """Return the number that a wrapped one stands for."""
        return self.end - ((self.end - sequence) & MASK)

    def backlog(self) -> list[Key]:
        return [self.runs[sequence] for sequence in range(self.reported, self.end) if sequence not in self.early]


class Pool:
    """A graph, and all around it."""

    def __init__(self, slot_count: int, *, breaks_on_death: bool = False, runs_most: int = 0) -> None:
        self.breaks_on_death = breaks_on_death
        self.runs_most = runs_most
        self.graph = GraphProbe(slot_count, breaks_on_death, FIRST_SEQUENCE, runs_most)
        self.lanes = [Lane() for _ in range(slot_count)]
        self.runs: dict[Key, Run] = {}
        self.chunk_items: dict[int, int] = {}
        self.single: set[int] = set()  # spans whose runs travel alone
        self.overlapping: set[int] = set()  # spans of which a worker executes several runs at once
        self.coin = 0
        self.dropped: set[int] = set()
        self.now_ns = 1_000
        self.ticked_ns = 0
        self.cancelling: set[Key] = set()
        self.dying: set[Key] = set()
        self.is_broken = False
        self.hurry = 0  # how many runs a worker gets done while it is asked for a recall

    # --- submitting ---

    def submit(
        self,
        count: int,
        chunk_items: int,
        edges: list[tuple[int, Key, bool]],
        attempts: int,
        delay_ns: int,
        function: int,
    ) -> int:
        plain = [(item, *upstream, allows_failure) for item, upstream, allows_failure in edges]
        overlaps = function == OVERLAPPING
        span = self.graph.admit(count, chunk_items, plain, attempts, delay_ns, function, overlaps)
        if overlaps:
            self.overlapping.add(span)
        self.chunk_items[span] = chunk_items
        if any(item >= 0 for item, _, _ in edges):
            self.single.add(span)
        for each in range(count):
            needs = [(upstream, allowed) for item, upstream, allowed in edges if item in (-1, each)]
            self.runs[span, each] = Run((span, each), attempts, delay_ns, needs)
        self.carry_out()
        return span

    def open_runs(self) -> list[Run]:
        return [run for run in self.runs.values() if run.ending is None]

    def unmet(self, run: Run) -> bool:
        return any(self.runs[upstream].ending is None for upstream, _ in run.needs)

    def failed_upstreams(self, run: Run) -> set[Key]:
        return {
            upstream
            for upstream, allows_failure in run.needs
            if not allows_failure and self.runs[upstream].ending not in (None, "value")
        }

    # --- the workers ---

    def claim(self, slot: int) -> None:
        lane = self.lanes[slot]
        assert not lane.executing or self.may_overlap(lane)
        assert lane.next < lane.end
        run = self.runs[lane.runs[lane.next]]
        # Once the pool is broken, workers that are about to be killed may still claim what stands in their lanes.
        if not self.is_broken:
            assert run.ending is None, "a run that has ended begins"
            assert not run.begun, "a run begins twice in one attempt"
            assert not self.unmet(run)
            assert not self.failed_upstreams(run)
        run.begun = True
        lane.executing.append(lane.next)
        lane.next += 1

    def may_overlap(self, lane: Lane) -> bool:
        """Tell whether the next run may begin beside those that are executing."""
        if lane.leaves or lane.next == lane.end:
            return False
        return all(lane.runs[sequence][0] in self.overlapping for sequence in [*lane.executing, lane.next])

    def report(self, slot: int, kind: str, delay_ns: int = 0, *, leaves: bool = False) -> None:
        lane = self.lanes[slot]
        lane.leaves |= leaves
        self.coin += 1
        ended = lane.executing.pop(self.coin // 2 % len(lane.executing))
        lane.outbox.append(Report(ended, kind, delay_ns, lane.leaves))

    def step_worker(self, slot: int, kind: str = "value") -> bool:
        """Let the worker do the next thing it can do, if any."""
        lane = self.lanes[slot]
        if lane.state != "open":
            return False
        self.coin += 1
        if lane.executing and not (self.coin % 3 and self.may_overlap(lane)):
            self.report(slot, kind)
        elif lane.next < lane.end and not lane.leaves:
            self.claim(slot)
        else:
            return False
        return True

    def open(self, slot: int) -> None:
        lane = self.lanes[slot]
        assert lane.state == "ordered"
        lane.state = "open"
        self.graph.slot_opened(slot, self.now_ns)
        self.carry_out()

    def lose(self, slot: int) -> None:
        """Kill the worker, have it not start, or leave as it was told."""
        self.read_outbox(slot)
        lane = self.lanes[slot]
        is_planned = lane.state == "retiring" or (lane.is_known_to_leave and not lane.executing)
        others = {run.key: run.attempt for run in self.open_runs()}
        victims = [self.runs[lane.runs[sequence]] for sequence in lane.executing]
        self.lanes[slot] = Lane()
        if self.breaks_on_death and not is_planned:
            self.is_broken = True
        else:
            for victim in victims:
                if victim.ending is None:
                    del others[victim.key]
                    self.lose_attempt(victim)
        was_broken = self.is_broken
        self.graph.slot_lost(slot, lane.next & MASK, self.now_ns)
        self.is_broken = self.graph.is_broken
        assert self.is_broken == was_broken, "the pool breaks although its workers have worked"
        self.carry_out()
        self.dying = set()
        if not self.is_broken:
            assert others.items() <= {run.key: run.attempt for run in self.runs.values()}.items()

    def lose_attempt(self, victim: Run) -> None:
        if victim.attempt >= victim.max_attempts:
            self.dying.add(victim.key)
            return
        victim.attempt += 1
        victim.begun = False
        victim.not_before_ns = self.now_ns + victim.crash_delay_ns

    # --- the coordinator ---

    def read_outbox(self, slot: int) -> None:
        lane = self.lanes[slot]
        while lane.outbox:
            self.handle_report(slot, lane.outbox.popleft())
        for _ in range(self.graph.take_finished_cells(slot)):
            start, count = lane.cells.popleft()
            assert start + count <= lane.reported, "a cell is finished before its runs are"
        if not self.is_broken:
            assert not lane.cells or sum(lane.cells[0]) > lane.reported, "a cell is not given back"
        self.carry_out()

    def handle_report(self, slot: int, report: Report) -> None:
        lane = self.lanes[slot]
        run = self.runs[lane.runs[report.sequence]]
        sequence = report.sequence & MASK
        if self.is_broken:
            assert self.graph.attempt_ended(slot, sequence, "value", 1) == "stale"
            return
        assert self.graph.run_at(slot, sequence) == run.key
        lane.early.add(report.sequence)
        while lane.reported in lane.early:
            lane.early.remove(lane.reported)
            lane.reported += 1
        if report.leaves:
            lane.is_known_to_leave = True
            self.graph.leave(slot)
        if report.kind == "retry":
            at_ns = self.now_ns + report.delay_ns
            assert self.graph.attempt_retries(slot, sequence, at_ns) == "retries"
            run.attempt += 1
            run.begun = False
            run.not_before_ns = at_ns
            return
        duration_ns = list(CHUNK_NS.values())[run.key[0] % 3]
        assert self.graph.attempt_ended(slot, sequence, report.kind, duration_ns) == "ended"
        run.ending = report.kind
        assert self.graph.attempt_ended(slot, sequence, report.kind, duration_ns) == "stale"

    def turn(self) -> None:
        """Let the graph decide until it is content."""
        self.graph.tick(self.now_ns)
        self.ticked_ns = self.now_ns
        self.carry_out()
        for _ in range(2 * len(self.lanes) + 4):
            self.graph.schedule(self.now_ns)
            if not self.carry_out():
                break
        else:
            raise AssertionError("the graph finds no rest: " + self.graph.story())
        self.graph.forget_closed()
        self.check_nothing_starves()

    def carry_out(self) -> bool:
        """Carry all commands out; tell whether there were any."""
        count = 0
        while commands := deque(self.graph.take_commands()):
            while commands:
                kind, slot, sequence, span, first, size, ending, cause = commands.popleft()
                count += 1
                if kind == "assign":
                    self.assign(slot, sequence, [(span, first + each) for each in range(size)])
                elif kind == "recall":
                    self.recall(slot, sequence)
                elif kind == "end":
                    self.end(self.runs[span, first], ending, cause)
                elif kind == "retire":
                    self.retire(slot)
                else:
                    assert self.lanes[slot].state == "closed"
                    self.lanes[slot] = Lane(state="ordered")
        return count > 0

    def assign(self, slot: int, sequence: int, keys: list[Key]) -> None:
        lane = self.lanes[slot]
        assert lane.state == "open"
        assert sequence == lane.end & MASK
        assert not lane.is_known_to_leave
        assert len(lane.cells) < 1023
        span = keys[0][0]
        assert len({self.runs[key].attempt for key in keys}) == 1
        assert len({item // self.chunk_items[span] for _, item in keys}) == 1
        assert span not in self.single or len(keys) == 1
        for key in keys:
            run = self.runs[key]
            assert run.ending is None
            assert not run.begun
            assert run.not_before_ns <= self.ticked_ns, "a retry comes early"
            assert key not in lane.backlog()
            lane.runs[lane.end] = key
            lane.end += 1
        assert not self.runs_most or lane.end - FIRST_SEQUENCE <= self.runs_most, (
            "a worker is given more than it may have"
        )
        lane.cells.append((lane.end - len(keys), len(keys)))

    def recall(self, slot: int, sequence: int) -> None:
        lane = self.lanes[slot]
        assert lane.state == "open"
        for _ in range(self.hurry):
            self.step_worker(slot)
        held = max(lane.next, lane.unfolded(sequence))
        assert held <= lane.end
        while lane.cells and lane.cells[-1][0] >= held:
            lane.cells.pop()
        if lane.cells and sum(lane.cells[-1]) > held:
            lane.cells[-1] = (lane.cells[-1][0], held - lane.cells[-1][0])
        lane.end = held
        self.graph.recalled(slot, held & MASK)
        for _ in range(self.graph.take_finished_cells(slot)):
            assert sum(lane.cells.popleft()) <= lane.reported

    def retire(self, slot: int) -> None:
        lane = self.lanes[slot]
        assert lane.state == "open"
        assert lane.reported == lane.end, "a worker with runs is to leave"
        assert lane.is_known_to_leave or lane.end - FIRST_SEQUENCE == self.runs_most > 0
        lane.state = "retiring"

    def end(self, run: Run, ending: str, cause: Key) -> None:
        assert run.ending is None, "a run ends twice"
        if ending == "upstream":
            assert cause in self.failed_upstreams(run) or cause[0] in self.dropped
            assert self.failed_upstreams(run)
        elif ending == "cancelled":
            assert run.key in self.cancelling
            assert not run.begun, "a run is cancelled that had begun"
        elif ending == "crashed":
            assert run.key in self.dying
        else:
            assert ending == "broken"
            assert self.is_broken
        run.ending = ending

    # --- cancelling and breaking ---

    def cancel(self, key: Key) -> None:
        self.cancelling = {key}
        self.graph.cancel(*key)
        self.carry_out()
        self.cancelling = set()
        if self.runs[key].ending is None:
            assert self.runs[key].begun, "a run that has not begun is not cancelled"
            self.graph.cancel_was_late(*key)

    def cancel_open(self) -> None:
        self.cancelling = {run.key for run in self.open_runs()}
        self.graph.cancel_open()
        self.carry_out()
        self.cancelling = set()
        assert all(run.begun for run in self.open_runs())

    def break_pool(self) -> None:
        self.is_broken = True
        self.graph.break_pool()
        self.carry_out()

    # --- what must hold ---

    def check(self) -> None:
        """Assert what holds after each event, its commands carried out."""
        assert self.graph.check() == ""
        assert self.graph.is_broken == self.is_broken
        open_runs = self.open_runs()
        assert self.graph.open_runs == len(open_runs)
        if self.is_broken:
            assert not open_runs
            return
        assigned = {key for lane in self.lanes for key in lane.backlog()}
        assert len(assigned) == sum(lane.end - lane.reported - len(lane.early) for lane in self.lanes), (
            "a run stands in two lanes"
        )
        for run in open_runs:
            assert not self.failed_upstreams(run), "an upstream failed and the run waits on"
            if run.key[0] in self.dropped:
                continue
            assert self.graph.attempt(*run.key) == run.attempt
            step = self.graph.step(*run.key)
            assert (step == "waiting") == self.unmet(run)
            assert (step == "assigned") == (run.key in assigned)
        for slot, lane in enumerate(self.lanes):
            assert self.graph.backlog(slot) == lane.end - lane.reported
        assert not self.graph.is_stalled

    def check_nothing_starves(self) -> None:
        """Assert, after a turn, that whatever can run will."""
        if self.is_broken or self.graph.open_runs == 0:
            return
        for run in self.open_runs():
            if run.key[0] not in self.dropped and self.graph.step(*run.key) == "delayed":
                assert run.not_before_ns > self.now_ns
        idle = [slot for slot, lane in enumerate(self.lanes) if lane.state == "open" and lane.end == lane.reported]
        is_timed = self.graph.next_tick_ns >= 0
        if self.graph.ready_runs > 0:
            assert not idle, "a run is ready beside an idle worker"
            assert is_timed or any(lane.state != "closed" for lane in self.lanes), "nobody starts a worker"
        has_tail = any(lane.end - max(lane.next, lane.reported + 1) > 0 for lane in self.lanes)
        assert not (idle and has_tail) or is_timed, "runs wait behind another beside an idle worker"

    def drain(self) -> None:
        """Work until every run has ended, which must come to pass."""
        for _ in range(20 + 6 * len(self.runs)):
            for slot, lane in enumerate(self.lanes):
                if lane.state == "ordered":
                    self.open(slot)
                if lane.state == "retiring":
                    self.lose(slot)
                while self.step_worker(slot):
                    pass
                self.read_outbox(slot)
            self.now_ns += 10_000_000_000
            self.turn()
            self.check()
            if not self.open_runs():
                break
        assert not self.open_runs(), self.graph.story()
