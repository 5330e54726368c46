"""How the ends of task runs become log lines, and when there are too many of them.

Each run that ends gets its line, up to a budget: what is over it is counted, and summed up in one line at the end of its flow run.
So a hundred thousand short runs cost no more than a thousand lines do. Failures have a budget of their own. At level DEBUG every
run has its line.
"""

from __future__ import annotations

import atexit
import logging
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from hpcflow._console import FLOW_RUNS, TASK_RUNS, only_console, set_up, shown_bars
from hpcflow._first_lines import line_of
from hpcflow._named_tuples import NamedTuple
from hpcflow.context import settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hpcflow._runs import FlowFacts, TaskRun
    from hpcflow.states import State

# Lines at once, and how many a second come back. A thousand lines take some milliseconds to make and write.
_LINES, _LINES_PER_S = 1000, 300.0
_FAILURES, _FAILURES_PER_S = 500, 100.0


class Budget:
    """Hold how much may be spent: so much at once, and so much more each second.

    Example:
        >>> budget = Budget(2, 0.0)
        >>> budget.take(), budget.take(), budget.take()
        (True, True, False)
    """

    def __init__(self, most: int, per_s: float) -> None:
        self._most = most
        self._per_s = per_s
        self._left = float(most)
        self._filled_s = time.monotonic()

    def left(self) -> int:
        """Tell how much may be spent now."""
        if self._left < 1.0:
            now_s = time.monotonic()
            self._left = min(self._most, self._left + (now_s - self._filled_s) * self._per_s)
            self._filled_s = now_s
        return int(self._left)

    def spend(self, amount: int) -> None:
        """Spend so much; what is too much is owed."""
        self._left -= amount

    def take(self) -> bool:
        """Spend one; False when there is none left."""
        if self.left() < 1:
            return False
        self.spend(1)
        return True


class End(NamedTuple):
    """One run that has ended."""

    run: TaskRun
    state_text: str  # "Completed()"
    is_completed: bool


_Key = tuple["FlowFacts | None", str]


class Ledger:
    """Tells of ends, or counts them. Any thread may tell."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._lines = Budget(_LINES, _LINES_PER_S)
        self._failures = Budget(_FAILURES, _FAILURES_PER_S)
        self._sums: dict[_Key, Counter[str]] = {}
        self._logger = logging.getLogger(TASK_RUNS)

    def wants(self, *, is_completed: bool) -> bool:
        """Tell whether anybody would see such an end."""
        set_up()
        return self._logger.isEnabledFor(logging.INFO if is_completed else logging.ERROR)

    def lines_left(self, *, is_completed: bool) -> int:
        """Tell for how many runs there may be a line now."""
        if self._logger.isEnabledFor(logging.DEBUG):
            return sys.maxsize
        if is_completed and shown_bars:
            return 0  # a bar on the terminal counts them already: they are summed up at the end
        return (self._lines if is_completed else self._failures).left()

    def tell(self, ends: Sequence[End]) -> None:
        """Log these ends, at the cost of the budget."""
        completed_count = sum(end.is_completed for end in ends)
        with self.lock:
            self._lines.spend(completed_count)
            self._failures.spend(len(ends) - completed_count)
        ends = [end for end in ends if self.wants(is_completed=end.is_completed)]
        if not ends:
            return
        console = only_console(self._logger)
        if console is None:
            for end in ends:
                log(end.run, logging.INFO if end.is_completed else logging.ERROR, f"Finished in state {end.state_text}")
            return
        now_s = time.time()
        console.write_lines(
            [
                line_of(
                    now_s,
                    "INFO" if end.is_completed else "ERROR",
                    f"Task run {end.run.name!r}",
                    f"Finished in state {end.state_text}",
                )
                for end in ends
            ]
        )

    def tell_or_count(self, run: TaskRun, state: State[Any], *, is_completed: bool) -> None:
        """Log this end if the budget allows it, or else count it."""
        if self.lines_left(is_completed=is_completed) < 1:
            self.count(run.label.flow, run.task_name, state.name)
            return
        settle()
        self.tell([End(run, str(state), is_completed)])

    def count(self, flow: FlowFacts | None, task_name: str, state_name: str, count: int = 1) -> None:
        """Count ends that have no line of their own."""
        with self.lock:
            sums = self._sums.get((flow, task_name))
            if sums is None:
                sums = self._sums[flow, task_name] = Counter()
            sums[state_name] += count

    def sum_up(self, flow: FlowFacts | None) -> None:
        """Log how many runs of each task were counted within this flow run, or outside of all."""
        if not self._sums:
            return
        with self.lock:
            for key in [key for key in self._sums if key[0] is flow or key[0] == flow]:
                self._log_sum(key, self._sums.pop(key))

    def sum_up_all(self) -> None:
        """Do so for all: at the program's end."""
        for flow, _ in list(self._sums):
            self.sum_up(flow)

    def _log_sum(self, key: _Key, counts: Counter[str]) -> None:
        set_up()
        flow, task_name = key
        states = ", ".join(f"{count:,} {name}" for name, count in counts.most_common())
        message = f"... and {counts.total():,} more task runs of {task_name!r}: {states}"
        extra = flow_attributes(flow)
        logging.getLogger(FLOW_RUNS if flow else TASK_RUNS).info(message, extra=extra)


ledger = Ledger()
atexit.register(ledger.sum_up_all)


def forget_in_child() -> None:
    """Begin anew in a forked child: another thread may hold the lock."""
    ledger.__init__()  # type: ignore[misc]  # the one that others have imported


def flow_attributes(flow: FlowFacts | None) -> dict[str, Any]:
    """Give what records about a flow run carry."""
    if flow is None:
        return {}
    return {"flow_run_name": flow.flow_run_name, "flow_run_id": id_text(flow.flow_run_id), "flow_name": flow.flow_name}


def run_attributes(run: TaskRun) -> dict[str, Any]:
    """Give what records about a task run carry."""
    unknown = {"flow_run_name": "<unknown>", "flow_run_id": None, "flow_name": "<unknown>"}
    return {
        "task_run_id": str(run.id),
        "task_run_name": run.name,
        "task_name": run.task_name,
        **(flow_attributes(run.label.flow) or unknown),
    }


def id_text(digits: str) -> str:
    """Write an id as UUIDs are written.

    Example:
        >>> id_text("1f3870be274f4c49b3e31a0c6728957f")
        '1f3870be-274f-4c49-b3e3-1a0c6728957f'
    """
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def log(run: TaskRun, level: int, message: str, *details: object, exc_info: Any = None) -> None:
    """Log a line about a task run. Details are texts and numbers: whoever keeps records is not to keep results by them."""
    set_up()
    logger = logging.getLogger(TASK_RUNS)
    if logger.isEnabledFor(level):
        settle()
        logger.log(level, message, *details, exc_info=exc_info, extra=run_attributes(run))
