"""Handles on a pool's workers, for code that looks into an executor's `_processes`: tests, and programs that kill workers."""

from __future__ import annotations

import os
import select
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpcflow._engine.pool import Pool

# Workers start in the background, a few milliseconds after the first submit; a loaded machine may need this long.
_START_DEADLINE_S = 10.0


class ProcessHandle:
    """Name one worker process, with the part of `multiprocessing.Process` that makes sense for somebody else's child."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._pidfd = os.pidfd_open(pid)  # the pid may be given to another process later, this cannot

    def __repr__(self) -> str:
        return f"<ProcessHandle pid={self.pid} {'running' if self.is_alive() else 'ended'}>"

    def terminate(self) -> None:
        """Send it SIGTERM."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Send it SIGKILL."""
        self._send(signal.SIGKILL)

    def is_alive(self) -> bool:
        """Tell whether it still runs."""
        return not self._has_ended(0)

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, or the timeout passes."""
        self._has_ended(None if timeout is None else max(0, int(timeout * 1000)))

    def _has_ended(self, timeout_ms: int | None) -> bool:
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        return bool(poll.poll(timeout_ms))

    def _send(self, signal_number: int) -> None:
        try:
            signal.pidfd_send_signal(self._pidfd, signal_number)
        except ProcessLookupError:
            return  # it has ended by itself

    def __del__(self) -> None:
        if hasattr(self, "_pidfd"):
            os.close(self._pidfd)


def live_workers(pool: Pool) -> dict[int, ProcessHandle]:
    """Give the workers that run now, by pid; wait for the first if none has started yet."""
    deadline = time.monotonic() + _START_DEADLINE_S
    while True:
        handles: dict[int, ProcessHandle] = {}
        for pid in pool.worker_ids():
            try:
                handles[pid] = ProcessHandle(pid)
            except ProcessLookupError:
                continue  # gone meanwhile
        if handles or pool.is_closed or time.monotonic() > deadline:
            return handles
        time.sleep(0.001)
