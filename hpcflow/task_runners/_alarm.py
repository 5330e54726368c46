"""One clock for all runs that wait for their next attempt: a run that waits occupies no thread.

The clock's own thread exists only while there is something to wait for.
"""

from __future__ import annotations

import heapq
import itertools
import os
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Alarm:
    """Call functions later.

    Example:
        >>> rung = threading.Event()
        >>> ticket = Alarm().call_later(0.001, rung.set)
        >>> rung.wait(10)
        True
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._tickets = itertools.count()
        self._is_watched = False

    def call_later(self, delay_s: float, fn: Callable[[], object]) -> int:
        """Call `fn` after that time, in a thread of the alarm's: it must be short, and raise nothing. Gives a ticket."""
        with self._changed:
            ticket = next(self._tickets)
            heapq.heappush(self._due, (time.monotonic() + delay_s, ticket, fn))
            if self._is_watched:
                self._changed.notify()
                return ticket
            self._is_watched = True
        try:
            threading.Thread(target=self._watch, name="hpcflow-alarm", daemon=True).start()
        except BaseException:
            self._is_watched = False
            self.forget(ticket)
            raise
        return ticket

    def forget(self, ticket: int) -> None:
        """Do not call what this ticket was given for."""
        with self._changed:
            self._due = [each for each in self._due if each[1] != ticket]
            heapq.heapify(self._due)
            self._changed.notify()

    def _watch(self) -> None:
        while True:
            with self._changed:
                if not self._due:
                    self._is_watched = False
                    return
                rest_s = self._due[0][0] - time.monotonic()
                if rest_s > 0:
                    self._changed.wait(min(rest_s, threading.TIMEOUT_MAX))
                    continue
                fn = heapq.heappop(self._due)[2]
            fn()


alarm = Alarm()


def _forget_in_child() -> None:
    alarm.__init__()  # type: ignore[misc]  # what waited there waits in the parent


os.register_at_fork(after_in_child=_forget_in_child)
