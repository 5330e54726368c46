"""What workers tell the parent beside the outcomes of runs: log records, prints, that a run has begun.

One socket for packets serves all workers of a pool: a packet arrives whole or not at all, whoever is killed. What a worker has
sent before it reports a run's end can be read once that end is seen, so who reads the socket before acting on an end has
everything in order.

A record is a tuple of plain values, `(kind, number of the run, ...)`. Long ones travel in several packets, each marked with its
sender; a sender that dies in between leaves nothing behind but the parts, which are dropped with the reader.
"""

from __future__ import annotations

import marshal
import os
import struct
import threading

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Record = tuple[Any, ...]  # of what marshal carries

# Kinds of records: of a logger; that an attempt has begun; with which state a run completes, where that is not plain `Completed`;
# a text for the parent's stdout.
LOG, BEGUN, STATE, PRINTED = 1, 2, 3, 4

# A packet must fit into the socket's buffer several times over, or workers would wait for each other's.
PACKET_BYTES_MOST = 32 * 1024
_HEAD = struct.Struct("=IB")  # sender's pid, and:
_FIRST, _MORE = 1, 2  # this part is a record's first; others follow


class RecordSender:
    """A process's end of the socket. Any thread may send.

    Example:
        >>> import os
        >>> from hpcflow import _native
        >>> ours, theirs = _native.socket_pair()
        >>> sender, parts = RecordSender(theirs), RecordParts()
        >>> sender.send((LOG, 7, "trained"))
        >>> list(parts.join(os.read(ours, 1 << 16)))
        [(1, 7, 'trained')]
        >>> os.close(ours), os.close(theirs)
        (None, None)
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()  # the parts of one record must not mix with another thread's

    def send(self, record: Record) -> None:
        """Send a record; waits while the socket is full, until the parent has read or has ended."""
        data = marshal.dumps(record)
        pid = os.getpid()  # asked each time: a task may have forked
        try:
            with self._lock:
                for first in range(0, len(data), PACKET_BYTES_MOST):
                    rest = first + PACKET_BYTES_MOST < len(data)
                    marks = (0 if first else _FIRST) | (_MORE if rest else 0)
                    os.write(self._descriptor, _HEAD.pack(pid, marks) + data[first : first + PACKET_BYTES_MOST])
        except OSError:
            return  # the parent is gone, and this process with it in a moment; or the task closed what is not its own


class RecordParts:
    """Puts packets together again."""

    def __init__(self) -> None:
        self._begun: dict[int, list[bytes]] = {}  # by sender

    def join(self, packet: bytes) -> Iterator[Record]:
        """Take a packet, and give the record that it completes, if it does."""
        if len(packet) < _HEAD.size:
            return
        sender, marks = _HEAD.unpack_from(packet)
        if marks & _FIRST:
            self._begun.pop(sender, None)  # of one that was killed amid a record, and whose pid is another's now
        parts = self._begun.setdefault(sender, [])
        parts.append(packet[_HEAD.size :])
        if marks & _MORE:
            return
        del self._begun[sender]
        try:
            record = marshal.loads(b"".join(parts))
        except (EOFError, ValueError, TypeError):
            return  # the rest of one whose beginning was never sent
        if isinstance(record, tuple) and len(record) > 1:
            yield record
