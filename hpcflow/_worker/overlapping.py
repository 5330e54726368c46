"""Async tasks in a worker: many runs at once, on one event loop, each claimed as it comes and reported as it ends.

The loop of `loop.py` hands over when what it has called is a coroutine, and goes on when none is open any more. Meanwhile runs
that overlap are claimed as soon as they stand in the lane; a run that does not is left there, for another worker or for later,
since it would keep the others' ends waiting. See *Overlap* in native/README.md.
"""

from __future__ import annotations

import asyncio
import contextvars
from typing import TYPE_CHECKING, Any

from hpcflow._named_tuples import NamedTuple
from hpcflow._worker import here
from hpcflow.context import current_task_run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from hpcflow._native import WorkerLane
    from hpcflow._worker.attempt import Unfinished

# As many as the engine gives a worker at once (`overlapping_most` in native/core/graph_schedule.cpp), and some.
_OPEN_MOST = 512
# How often an idle event loop looks for new runs: a lane is no descriptor that it could wait for. The first look comes soon, for
# runs that follow each other; later ones cost a worker that only waits less than a hundredth of its core.
_NAP_S_LEAST, _NAP_S_MOST = 0.0005, 0.005


class Ended(NamedTuple):
    """How a coroutine ended: with a value, or an exception."""

    value: Any
    error: BaseException | None


class Door(NamedTuple):
    """What the worker's loop lends: ways to begin the next run, and to report the end of the one that is taken up."""

    begin: Callable[[], Unfinished | None]  # None: there was none, or it has ended already
    report: Callable[[Ended], None]


def execute_overlapping(lane: WorkerLane, first: Unfinished, door: Door) -> None:
    """Execute this run, and what overlaps with it, until none is open."""
    # A loop of its own for each time: background tasks that coroutines leave end with it, as with asyncio.run.
    with asyncio.Runner() as runner:
        runner.run(_Overlap(lane, door).serve(first))


class _Overlap:
    def __init__(self, lane: WorkerLane, door: Door) -> None:
        self._lane = lane
        self._door = door
        self._open: dict[asyncio.Task[Ended], int] = {}  # with the lane's tickets
        self._changed = asyncio.Event()

    async def serve(self, first: Unfinished) -> None:
        self._start(first)
        nap_s = _NAP_S_LEAST
        while self._open:
            nap_s = _NAP_S_LEAST if self._claim_more() else min(2 * nap_s, _NAP_S_MOST)
            self._changed.clear()
            try:
                # Ends when a run does, or to look for new ones. Runs that never end are the user's, as in any worker.
                await asyncio.wait_for(self._changed.wait(), nap_s)
            except TimeoutError:
                continue
            nap_s = _NAP_S_LEAST

    def _claim_more(self) -> bool:
        count = len(self._open)
        while len(self._open) < _OPEN_MOST and self._lane.next_overlaps():
            unfinished = self._door.begin()
            if unfinished is not None:
                self._start(unfinished)
        return len(self._open) > count

    def _start(self, unfinished: Unfinished) -> None:
        run = here.current()  # now, while it is the claimed one
        if run is not None:
            run.remember_parameters(unfinished.parameters_of)
        ticket = self._lane.set_aside()
        context = contextvars.copy_context()
        context.run(current_task_run.set, run)
        task = asyncio.get_running_loop().create_task(_end_of(unfinished.coroutine), context=context)
        self._open[task] = ticket
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Ended]) -> None:
        self._lane.take_up(self._open.pop(task))
        self._changed.set()
        # One that was cancelled from within, by somebody who found it among the loop's tasks, did not get to say so itself.
        ended = Ended(None, asyncio.CancelledError()) if task.cancelled() else task.result()
        self._door.report(ended)
        self._lane.ring()


async def _end_of(coroutine: Coroutine[Any, Any, Any]) -> Ended:
    try:
        return Ended(await coroutine, None)
    except BaseException as error:  # noqa: BLE001 - whatever a task raises is the run's outcome
        return Ended(None, error)
