"""Tells in which states the runs of pools have ended: a look at all that are open, now and then.

Submitting only appends to a queue here. A thread looks what has ended, every few hundredths of a second and the less often the longer
a look takes; so runs pay next to nothing for being seen, and a map is asked for the number of its open runs, not for each of them.
Whoever must have the lines in order (a flow run at its end, a run of this process that logs something) looks itself: `settle`.
What runs told before their ends is delivered first.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from hpcflow._engine.outcomes import Ending
from hpcflow._engine.records import drain_all
from hpcflow._engine.run_futures import RunFuture
from hpcflow._engine.watched import Watched
from hpcflow._reporting import print_rests, told_states
from hpcflow.context import settle_with, unsettled
from hpcflow.settings import settings

if TYPE_CHECKING:
    from collections import deque

    from hpcflow._engine.run_futures import Origin
    from hpcflow._native import Run, Span
    from hpcflow._runs import FlowFacts

    Ended = tuple[Run, Origin, int, int]  # ... the item, how it ended

# A look stops at so many runs that have not ended: they end nearly in the order in which they were submitted.
_OPEN_SEEN_MOST = 512
_PAUSE_S, _PAUSE_MOST_S = 0.01, 0.1
_REST_PER_LOOK = 20  # a pause is at least so many times as long as the look before it
# A user's handler that waits in another thread must not stop this one; a loaded machine alone takes some seconds for a look.
_SETTLE_WITHIN_S = 15.0

_VALUE = int(Ending.VALUE)
_ERROR_LEVEL = 40  # logging.ERROR; not imported for a number
_NAMES = {
    Ending.VALUE: "Completed",
    Ending.ERROR: "Failed",
    Ending.CRASHED: "Crashed",
    Ending.CANCELLED: "Cancelled",
    Ending.UPSTREAM: "NotReady",
    Ending.BROKEN: "Crashed",
}


class _MapLook:
    """What has been seen of one map's runs."""

    def __init__(self, span: Span, origin: Origin) -> None:
        self.span = span
        self.origin = origin
        self.total = len(span)
        self.seen = 0  # ended runs that were told
        self.failures_seen: set[int] = set()  # those of them that ended without a value
        self.is_exact = True  # False: too many for lines of their own; the rest is counted at the end
        self._next = 0
        self._passed: list[int] = []  # open when they were looked at, below `_next`

    def take_ended(self) -> list[Ended]:
        """Give the runs that ended since the last look; not all, if there are more than lines can be made for."""
        new = self.total - self.span.open() - self.seen
        ended: list[Ended] = []
        if new <= 0 or not self.is_exact:
            return ended
        still_open: list[int] = []
        passed, self._passed = self._passed, still_open
        run_of, origin = self.span.run, self.origin
        for item in passed:
            run = run_of(item)
            ending = run.ending()
            if ending:
                ended.append((run, origin, item, ending))
            else:
                still_open.append(item)
        while len(ended) < min(new, _MAP_TAKES_MOST) and self._next < self.total and len(still_open) < _OPEN_SEEN_MOST:
            run = run_of(self._next)
            ending = run.ending()
            if ending:
                ended.append((run, origin, self._next, ending))
            else:
                still_open.append(self._next)
            self._next += 1
        self.seen += len(ended)
        return ended

    def count_rest(self) -> Counter[str]:
        """Count how those ended that had no line of their own."""
        rest = self.total - self.seen
        if not rest:
            return Counter()
        counts: Counter[str] = Counter()
        if self.span.failed():
            # What ended otherwise is among what has no plain value.
            _, others = self.span.plain_values(None)
            for item in others:
                ending = self.span.run(item).ending()
                if ending != _VALUE and item not in self.failures_seen:
                    counts[_NAMES[Ending(ending)]] += 1
        counts["Completed"] = rest - counts.total()
        return +counts


_MAP_TAKES_MOST = 1024


class Reporter:
    """Looks after runs until they have ended."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._watched = Watched()
        self._maps: list[_MapLook] = []
        self._bell = threading.Event()
        self._is_awake = False
        self._thread: threading.Thread | None = None

    def watch(self, run: Run, origin: Origin) -> None:
        """Tell of this run's end."""
        self._watched.add(run, origin)
        if not self._is_awake:
            self._wake()

    def watch_map(self, span: Span, origin: Origin) -> None:
        """Tell of the ends of a map's runs."""
        with self._lock:
            self._maps.append(_MapLook(span, origin))
        if not self._is_awake:
            self._wake()

    def settle(self, flow: FlowFacts | None = None) -> None:
        """Tell now what has ended: everything, where it is for a flow run's end. Waits a little for another thread that is at it."""
        if flow is not None and sys.stdout is not sys.__stdout__:
            drain_all()  # the flow's caller may look at what was printed
            print_rests()
        # Asked for even if nothing is open: another thread may be about to tell of what was.
        if self._lock.acquire(timeout=_SETTLE_WITHIN_S):
            try:
                self._look(thoroughly=flow is not None)
            finally:
                self._lock.release()

    # --- the thread ---

    def _wake(self) -> None:
        self._is_awake = True
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="hpcflow-reporter", daemon=True)
            self._thread.start()
        self._bell.set()

    def _serve(self) -> None:
        while True:
            self._bell.wait()  # ended by the next run that is to be seen
            self._bell.clear()
            self._look_on()

    def _look_on(self) -> None:
        pause_s = _PAUSE_S
        while True:
            time.sleep(pause_s)
            began_s = time.perf_counter()
            with self._lock:
                found = self._look()
                if not self._watched and not self._maps:
                    _ledger().sum_up(None)
                    self._is_awake = False
                    if not self._watched and not self._maps:
                        return
                    self._is_awake = True  # one came just now
            longer_s = _PAUSE_S if found else min(2 * pause_s, _PAUSE_MOST_S)
            pause_s = max(longer_s, _REST_PER_LOOK * (time.perf_counter() - began_s))

    # --- looking; the lock is held ---

    def _look(self, *, thoroughly: bool = False) -> int:
        with unsettled():
            try:
                count = self._look_at_runs(sys.maxsize if thoroughly else _OPEN_SEEN_MOST)
                for one in list(self._maps):
                    count += self._look_at_map(one)
            except Exception:  # of a filter of the program's, say: neither this thread nor a run may end by it
                import logging  # lazy: only for this

                logging.getLogger("hpcflow").exception("Ends of runs could not be told")
                return 1
            return count

    def _look_at_runs(self, open_most: int) -> int:
        sheet = _Sheet()
        for origin, queue, length in self._watched.lengths():
            still_open = _take_ended(queue, length, origin, sheet, open_most)
            open_most -= len(still_open)
            queue.extendleft(reversed(still_open))
        self._watched.drop_empty()
        return sheet.tell()

    def _look_at_map(self, one: _MapLook) -> int:
        count = 0
        is_over = one.span.open() == 0  # asked before: what ends meanwhile is for the next look
        while ended := one.take_ended():
            count += len(ended)
            sheet = _Sheet()
            for each in ended:
                sheet.add(*each)
            one.failures_seen.update(item for _, _, item, ending in ended if ending != _VALUE)
            one.is_exact = not sheet.counted
            sheet.tell()
        if is_over:
            self._maps.remove(one)
            label = one.origin.label
            for name, number in one.count_rest().items():
                _ledger().count(label.flow, label.task_name, name, number)
        return count


def _take_ended(queue: deque[Run], length: int, origin: Origin, sheet: _Sheet, open_most: int) -> list[Run]:
    """Take what has ended out of a queue's first entries, and give those that were taken and have not."""
    take = queue.popleft
    still_open: list[Run] = []
    for _ in range(length):  # what is added meanwhile is for the next look
        try:
            run = take()
        except IndexError:  # who added it last takes it out to add it again: see Watched
            break
        ending = run.ending()
        if ending == _VALUE and origin is sheet.only_counted:
            sheet.more += 1  # most of many, at a third of the cost of `add`
        elif ending:
            sheet.add(run, origin, 0, ending)
        else:
            still_open.append(run)
            if len(still_open) >= open_most:
                break
    return still_open


class _Sheet:
    """The ends that one look has found: as many as there may be lines for, and how many more."""

    def __init__(self) -> None:
        self.told: list[Ended] = []
        self.counted: dict[tuple[Origin, int], int] = {}
        self.only_counted: Origin | None = None  # whose completed runs can have no lines any more
        self.more = 0  # such runs that stand in `counted` once `tell` is called
        self._lines: int | None = None
        self._failures = 0

    def add(self, run: Run, origin: Origin, item: int, ending: int) -> None:
        """Add a run that has ended."""
        if self._lines is None:
            self._lines = _ledger().lines_left(is_completed=True)
            self._failures = _ledger().lines_left(is_completed=False)
        if ending == _VALUE and self._lines > 0:
            self._lines -= 1
        elif ending != _VALUE and self._failures > 0:
            self._failures -= 1
        else:
            self._count(origin, ending, 1)
            if ending == _VALUE:
                self._close_count()
                self.only_counted = origin
            return
        self.told.append((run, origin, item, ending))

    def _count(self, origin: Origin, ending: int, number: int) -> None:
        self.counted[origin, ending] = self.counted.get((origin, ending), 0) + number

    def _close_count(self) -> None:
        if self.only_counted is not None and self.more:
            self._count(self.only_counted, _VALUE, self.more)
            self.more = 0

    def tell(self) -> int:
        """Have lines made of the ones, after what they told themselves, and the others counted; tell how many there were."""
        self._close_count()
        for pool in {id(origin.pool): origin.pool for _, origin, _, _ in self.told}.values():
            pool.records.drain()
        if self.told:
            self.told.sort(key=_number_of)  # as they were submitted, whichever task they are of
            _ledger().tell([end_of(*each) for each in self.told])
        for (origin, ending), count in self.counted.items():
            label = origin.label
            _ledger().count(label.flow, label.task_name, _NAMES[Ending(ending)], count)
        return len(self.told) + sum(self.counted.values())


def end_of(run: Run, origin: Origin, item: int, ending: int) -> Any:
    """Tell how a run of a pool ended, for its line."""
    from hpcflow._ledger import End  # lazy: needs logging

    future: RunFuture[Any] = RunFuture(run, origin, item)
    if ending == _VALUE:
        text = "Completed()"
        if told_states:
            text, _ = told_states.pop((origin.pool.id_key, run.number()), (text, ""))
        return End(future.task_run, text, is_completed=True)
    state = future.state
    if ending in (Ending.CRASHED, Ending.BROKEN):
        from hpcflow._telling import told_crash, told_timeout  # lazy: needs logging

        # What was raised in a worker has been told there.
        (told_timeout if state.name == "TimedOut" else told_crash)(future.task_run, state)
    return End(future.task_run, str(state), is_completed=False)


def _number_of(ended: Ended) -> int:
    return ended[0].number()


def _ledger() -> Any:
    from hpcflow._ledger import ledger  # lazy: needs logging

    return ledger


reporter = Reporter()


def reporter_of_runs() -> Reporter | None:
    """Give the reporter, where anything that it could tell would be logged."""
    if "logging" not in sys.modules or "hpcflow._console" not in sys.modules:
        return reporter if settings().logging_level <= _ERROR_LEVEL else None
    # Imported, not looked up: another thread may be at it, and what it has not loaded to the end is waited for.
    import logging  # lazy: as above

    from hpcflow import _console as console  # lazy: as above

    console.set_up()
    return reporter if logging.getLogger("hpcflow.task_runs").isEnabledFor(_ERROR_LEVEL) else None


def _at_exit() -> None:
    reporter.settle()
    if "hpcflow._ledger" in sys.modules:
        _ledger().sum_up_all()


def _forget_in_child() -> None:
    reporter.__init__()  # type: ignore[misc]  # the one that others have imported; its thread is not here
    ledger = sys.modules.get("hpcflow._ledger")
    if ledger is not None:
        ledger.forget_in_child()


settle_with(reporter.settle)
atexit.register(_at_exit)
os.register_at_fork(after_in_child=_forget_in_child)
