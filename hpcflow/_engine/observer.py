"""The thread that does for a pool what needs Python (`_observe` in pool.py), and how it calls what waits for a run's end.

Everybody needs this thread: nothing that a callback does may end it or hold it up.
"""

from __future__ import annotations

import sys
import threading
import time

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# How often a callback is tried that could not be called yet, and for how long at the end.
LATE_SLICE_S = 0.01
_LATE_CALLBACKS_S = 1.0


class ObserverThread(threading.Thread):
    """The observer thread, with a `join` that holds whatever interrupts it.

    Before Python 3.13 a Thread.join that Ctrl-C interrupts takes the thread for ended, and so does everybody afterwards.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._is_done = threading.Event()

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._is_done.set()

    def join(self, timeout: float | None = None) -> None:
        # Not alive: it has ended, or this is a forked child, which has no such thread. And when the interpreter ends
        # (garbage is collected then, too) no thread runs any more, so nothing would end this wait.
        if self.is_alive() and not sys.is_finalizing() and self._is_done.wait(timeout):
            super().join()  # it has only to return


def run_callbacks(callbacks: dict[int, Callable[[], object]], tokens: list[int]) -> list[int]:
    """Call them; give those that said False: that they are to be called again, a little later."""
    late = []
    for token in tokens:
        callback = callbacks.pop(token, None)
        if callback is None:
            continue
        try:
            if callback() is False:
                callbacks[token] = callback
                late.append(token)
        except BaseException:  # user code, in a thread that everybody needs: sys.exit() there ends nothing
            import logging  # lazy: only for this

            logging.getLogger("hpcflow").exception("a callback raised")
    return late


def run_last_callbacks(callbacks: dict[int, Callable[[], object]]) -> None:
    """Call all that are left; give up, after a while, those that go on saying False."""
    deadline = time.monotonic() + _LATE_CALLBACKS_S
    while run_callbacks(callbacks, list(callbacks)) and time.monotonic() < deadline:
        time.sleep(LATE_SLICE_S)
