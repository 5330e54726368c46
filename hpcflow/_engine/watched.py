"""The runs whose ends are to be told: a queue for each origin, so that to add a run makes no object.

A pair of run and origin for each would be one more thing for the garbage collector to go through, at each submit.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpcflow._engine.run_futures import Origin
    from hpcflow._native import Run


_TRIES = 5  # where runs come without a pause, the order of their lines is not that important


class Watched:
    """Hold runs until they are seen to have ended. Any thread may add; one at a time takes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # held for a few instructions, never while anything of a user's is called
        self._queues: list[tuple[Origin, deque[Run]]] = []

    def __bool__(self) -> bool:
        return any(queue for _, queue in self.queues())

    def add(self, run: Run, origin: Origin) -> None:
        """Add a run."""
        queue = origin.watched
        if queue is None:
            queue = self._open(origin)
        queue.append(run)
        if origin.watched is not queue:
            self._rescue(queue, origin)

    def _open(self, origin: Origin) -> deque[Run]:
        with self._lock:
            if origin.watched is None:
                origin.watched = deque()
                self._queues.append((origin, origin.watched))
            return origin.watched

    def _rescue(self, queue: deque[Run], origin: Origin) -> None:
        """Add again what was added to a queue that was dropped in the meantime: nobody would look into it."""
        while queue:
            try:
                run = queue.popleft()
            except IndexError:
                return  # another thread does the same
            self.add(run, origin)

    def queues(self) -> list[tuple[Origin, deque[Run]]]:
        """List the queues there are."""
        with self._lock:
            return list(self._queues)

    def lengths(self) -> list[tuple[Origin, deque[Run], int]]:
        """List the queues with their lengths at one moment: whoever looks into one after the other sees no run before an older one."""
        queues = self.queues()
        lengths = [len(queue) for _, queue in queues]
        for _ in range(_TRIES):
            # Nothing was added in between: then all of these were so at once.
            if lengths == (again := [len(queue) for _, queue in queues]):
                break
            lengths = again
        return [(origin, queue, length) for (origin, queue), length in zip(queues, lengths, strict=True)]

    def drop_empty(self) -> None:
        """Let go of the origins that no run waits for."""
        with self._lock:
            kept = []
            for origin, queue in self._queues:
                # First nobody finds it any more, then it is looked into. Who found it before and adds to it after this sees that
                # it is not the origin's any more, and rescues what it added.
                origin.watched = None
                if queue:
                    origin.watched = queue
                    kept.append((origin, queue))
            self._queues = kept
