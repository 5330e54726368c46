"""The parent's end of what workers tell (`_wire/records.py`): read by a thread, and by whoever acts on a run's end.

What is told goes to `deliver`, which the face that cares has set.
"""

from __future__ import annotations

import os
import select
import threading
import time
from weakref import WeakSet

from hpcflow import _native
from hpcflow._wire.records import PACKET_BYTES_MOST, RecordParts

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._wire.records import Record

# Looking costs microseconds, as long as some runs take.
_MOMENT_S = 0.001
_READ_BYTES = PACKET_BYTES_MOST + 64


_open: WeakSet[RecordReader] = WeakSet()


def drain_all() -> None:
    """Deliver everything that the workers of any pool have told by now."""
    for reader in list(_open):
        reader.drain()


class RecordReader:
    """Reads what the workers of one pool tell, and delivers it in order. Never raises what delivering raises."""

    def __init__(self, deliver: Callable[[Record], None]) -> None:
        self._deliver = deliver
        self._parts = RecordParts()
        # Reentrant: delivering may end up in a handler that waits for a run, and so drains.
        self._lock = threading.RLock()
        self._is_open = True
        self._drained_s = 0.0  # when it was last looked
        self.has_told = False  # whether a worker has told anything yet
        self._thread = threading.Thread(target=self._serve, name="hpcflow-records", daemon=True)
        self._stop = os.eventfd(0, os.EFD_CLOEXEC)
        self._read = self.write_end = -1
        try:
            self._read, self.write_end = _native.socket_pair()  # the second is for the template to inherit
            os.set_blocking(self._read, False)
            self._thread.start()
        except (OSError, RuntimeError):  # no descriptor, or no thread, is to be had
            self._give_back()
            raise
        _open.add(self)

    def catch_up(self) -> None:
        """Deliver everything that was told up to a moment ago: what many calls in a row need of `drain`, for less."""
        if time.monotonic() > self._drained_s + _MOMENT_S:
            self.drain()

    def drain(self) -> None:
        """Deliver everything that has been told by now."""
        self._drained_s = time.monotonic()
        with self._lock:
            while self._is_open and _native.has_packet(self._read):
                packet = os.read(self._read, _READ_BYTES)
                self.has_told = True
                for record in self._parts.join(packet):
                    _deliver_safely(self._deliver, record)

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        poll.register(self._stop, select.POLLIN)
        while True:
            # Ended by a worker's record, or by close().
            ready = [descriptor for descriptor, _ in poll.poll()]
            self.drain()
            if self._stop in ready:
                return

    def close(self) -> None:
        """Deliver the rest and give the descriptors back. For the pool's observer, once no worker is left."""
        if not self._is_open:
            return
        os.eventfd_write(self._stop, 1)
        self._thread.join()  # ends: it has been told to, and what it delivers to is the user's own
        with self._lock:
            self.drain()
            self._give_back()

    def _give_back(self) -> None:
        self._is_open = False
        for descriptor in (self._read, self.write_end, self._stop):
            if descriptor >= 0:
                os.close(descriptor)


def _deliver_safely(deliver: Callable[[Record], None], record: Record) -> None:
    try:
        deliver(record)
    except Exception:  # the thread must live on, and nobody is there to catch it
        import logging  # lazy: only for this

        logging.getLogger("hpcflow").exception("What a worker told could not be handled")
