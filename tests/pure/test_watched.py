"""The queues of runs whose ends are to be told: nothing is lost while queues are dropped under those who add."""

from __future__ import annotations

from collections import deque
from typing import Any

from hpcflow._engine import reporter
from hpcflow._engine.run_futures import Origin
from hpcflow._engine.watched import Watched
from hpcflow._runs import Label


def test_empty_queues_go() -> None:
    watched, origin = Watched(), Origin(None, Label("train"), 1)
    run: Any = object()  # it is only held
    assert not watched
    watched.add(run, origin)
    assert watched
    [(of, queue)] = watched.queues()
    assert of is origin
    watched.drop_empty()
    assert watched.queues() == [(origin, queue)]
    assert queue.pop() is run
    watched.drop_empty()
    assert watched.queues() == []
    assert origin.watched is None


class _DroppedFirst(deque[Any]):
    """A queue that is dropped after it was found, and before it is added to."""

    def __init__(self, watched: Watched) -> None:
        super().__init__()
        self._drop = watched.drop_empty

    def append(self, run: Any) -> None:
        self._drop()
        super().append(run)


def test_what_is_added_to_a_queue_that_was_just_dropped_is_found() -> None:
    watched, origin = Watched(), Origin(None, Label("train"), 1)
    origin.watched = _DroppedFirst(watched)
    watched._queues.append((origin, origin.watched))
    run: Any = object()
    watched.add(run, origin)
    [(_, queue)] = watched.queues()
    assert queue is origin.watched
    assert list(queue) == [run]


def test_what_is_taken_out_to_be_added_again_is_not_missed_by_who_looks() -> None:
    origin = Origin(None, Label("train"), 1)
    counted_before = 1
    assert reporter._take_ended(deque(), counted_before, origin, reporter._Sheet(), 512) == []
