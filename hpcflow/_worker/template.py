"""The template: a clean, single-threaded process that has imported what workers need, and forks them.

`_engine/launch.py` starts it by fork and exec with a socket to the coordinator and a pipe that brings its configuration once it
has loaded its modules. From then on it does only what packets on the socket say: fork a worker, or close. It tells the
coordinator each worker's pid (with a pidfd) and, when one ends, how. The packets are the structs of
`native/core/template_link.hpp`.

Who ends whom: the template watches the parent by pidfd, and when the parent is gone kills every descendant, its own
grandchildren included (it is their subreaper), and leaves. Workers ask the kernel to kill them when the template ends, and
check that they asked in time. So nothing outlives the parent, whatever dies first.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import marshal
import os
import select
import signal
import struct
from typing import TYPE_CHECKING, NoReturn, cast

from hpcflow import _native
from hpcflow._machine.environment import set_environment
from hpcflow._worker.orphans import MARK_VARIABLE, Mark, children, end, end_orphans, mark_of
from hpcflow._worker.worker import WorkerSeat, flush_streams, work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from hpcflow._worker.config import WorkerConfig

_ORDER = struct.Struct("=4I")
_REPORT = struct.Struct("=3I2iIQ")
_FORK, _CLOSE, _KILL = 1, 2, 3
_FORKED, _FORK_FAILED, _EXITED = 1, 2, 3
# Of a dying worker's last words; a packet must hold them.
_TRACEBACK_BYTES_MOST = 32 * 1024
# What ends a process unless it says otherwise, and is often sent to a whole group of them: by a terminal, `timeout`, a batch
# system. The template ends when the parent does, not before, or nobody would be there to end what tasks have started.
_SENT_TO_GROUPS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
# How often it looks, while it loads modules, whether the parent is still there.
_LOOK_S = 0.1


def main(*, control_fd: int, config_fd: int, record_fd: int, parent_pid: int) -> NoReturn:
    """Run the template until it is told to close or the parent is gone. Leaves the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    before = {number: signal.signal(number, _nothing) for number in _SENT_TO_GROUPS}
    # Those have been blocked until now. The others that we need the user's thread may have blocked, to wait for them itself.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {*before, signal.SIGINT, signal.SIGCHLD, signal.SIGALRM})
    _native.name_process("hpcflow-templat")
    _native.adopt_orphans()
    _detach_stdin()
    with _leaving_with(parent_pid):
        # While the parent still loads its own modules:
        _import("cloudpickle")
        config = _read_config(config_fd)
        set_environment(config["environment"])  # before the libraries that read it
        for name in config["preload"]:
            _import(name)
    # No collection has run until now, nor does one here: loading modules leaves next to no garbage, and a first run waits for us.
    gc.freeze()  # pages that workers share stay shared longer
    gc.enable()
    _Template(config, control_fd, record_fd, parent_pid, before).serve()
    flush_streams()
    os._exit(0)


@contextlib.contextmanager
def _leaving_with(parent_pid: int) -> Iterator[None]:
    """Leave as soon as the parent is gone, whatever the block does meanwhile: an import may take long."""

    def look(*_: object) -> None:
        if os.getppid() != parent_pid:
            os._exit(1)

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _LOOK_S, _LOOK_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _read_config(descriptor: int) -> WorkerConfig:
    # By its length: a child that the parent forked in the meantime may hold the pipe's other end open for long.
    with open(descriptor, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        text = file.read(size)
    if text and len(text) == size:
        return cast("WorkerConfig", marshal.loads(text))
    os._exit(1)  # the parent is gone, or does not want us any more


def _import(name: str) -> None:
    # Only a head start: the task that needs it will say what is wrong with it.
    with contextlib.suppress(Exception, SystemExit):
        importlib.import_module(name)


def _detach_stdin() -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


class _Seat:
    """A live worker: where it sits, and what was read when it started."""

    __slots__ = ("crash_fd", "incarnation", "mark", "oom_kills", "slot")

    def __init__(self, slot: int, incarnation: int, mark: Mark, crash_fd: int, oom_kills: int | None) -> None:
        self.slot = slot
        self.incarnation = incarnation
        self.mark = mark
        self.crash_fd = crash_fd
        self.oom_kills = oom_kills


class _Template:
    def __init__(
        self, config: WorkerConfig, control_fd: int, record_fd: int, parent_pid: int, signals: dict[signal.Signals, Any]
    ) -> None:
        self._config = config
        self._signals = signals  # how workers are to take those that we do not heed
        # Workers inherit these numbers.
        self._record_fd = _native.move_out_of_reach(record_fd)
        self._control = control_fd  # not a Python socket: that module would take longer to load than all else
        # Sent before the configuration was, which has been read.
        received = _native.receive_descriptors(control_fd)
        self._arena_fd, self._doorbell_fd = map(_native.move_out_of_reach, received)
        self._seats: dict[int, _Seat] = {}
        self._closing = False
        self._parent = _open_parent(parent_pid)
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Do what packets say until the close order, with no worker left, or the parent's end."""
        poll = select.poll()
        for descriptor in (self._control, self._parent, self._wake_read):
            poll.register(descriptor, select.POLLIN)
        while not (self._closing and not self._seats):
            # Ended by a packet, by the parent's death (its pidfd), or by a child's (SIGCHLD).
            for descriptor, _ in poll.poll():
                if descriptor == self._parent:
                    self._kill_everybody()
                    return
                if descriptor == self._control and not self._take_order():
                    self._kill_everybody()
                    return
            self._reap()

    def _take_order(self) -> bool:
        try:
            packet = os.read(self._control, _ORDER.size)
        except ConnectionResetError:
            return False  # the parent died with something of ours unread
        if len(packet) < _ORDER.size:
            return False  # the parent has closed its end: it is gone, or has given the pool up
        kind, slot, incarnation, segment = _ORDER.unpack(packet)
        if kind == _FORK:
            self._fork(slot, incarnation, segment)
        elif kind == _KILL:
            self._kill(slot, incarnation)
        elif kind == _CLOSE:
            self._closing = True
        return True

    def _kill(self, slot: int, incarnation: int) -> None:
        for pid, seat in self._seats.items():
            if (seat.slot, seat.incarnation) == (slot, incarnation):
                os.kill(pid, signal.SIGKILL)  # ours, and not collected yet: the pid is still its own

    def _fork(self, slot: int, incarnation: int, segment: int) -> None:
        template_pid = os.getpid()
        mark = mark_of(slot, incarnation)
        crash_fd = pidfd = -1
        flush_streams()  # or each worker would write once more what preloaded modules have printed
        # What ends a worker must not reach it while it still has our handlers, which heed nothing: it waits until they are gone.
        signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        try:
            crash_fd = os.memfd_create("hpcflow-crash", os.MFD_CLOEXEC)
            pid = os.fork()
        except OSError as error:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals)
            if crash_fd >= 0:
                os.close(crash_fd)
            text = f"fork failed: {error.strerror}".encode()
            self._send(_FORK_FAILED, slot, incarnation, text=text)
            return
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for number, handler in self._signals.items():
                signal.signal(number, handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals)
            for descriptor in (self._wake_read, self._wake_write, self._parent):
                os.close(descriptor)
            os.close(self._control)
            set_environment({MARK_VARIABLE: mark.text})
            seat = WorkerSeat(slot, segment, self._arena_fd, self._doorbell_fd, crash_fd, self._record_fd, template_pid)
            work(self._config, seat)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals)
        # Without a pidfd (no descriptor is left here) the coordinator will not have it, and says so.
        with contextlib.suppress(OSError):
            pidfd = os.pidfd_open(pid)
        self._send(_FORKED, slot, incarnation, pid=pid, pidfd=pidfd)
        if pidfd >= 0:
            os.close(pidfd)
        # After the word to the coordinator, which waits for it: looking takes a millisecond.
        self._seats[pid] = _Seat(slot, incarnation, mark, crash_fd, _oom_kills())

    def _reap(self) -> None:
        try:
            while os.read(self._wake_read, 512):
                pass
        except BlockingIOError:
            pass
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            seat = self._seats.pop(pid, None)
            if seat is None:
                continue  # an orphan of some worker
            text = os.pread(seat.crash_fd, _TRACEBACK_BYTES_MOST, 0)
            os.close(seat.crash_fd)
            kills = 0
            if os.WIFSIGNALED(status) and seat.oom_kills is not None:
                kills = max(0, (_oom_kills() or 0) - seat.oom_kills)
            rss = usage.ru_maxrss * 1024
            self._send(_EXITED, seat.slot, seat.incarnation, pid=pid, status=status, kills=kills, rss=rss, text=text)
            if status != 0:
                end_orphans(seat.mark, self._seats.__contains__)

    def _send(  # noqa: PLR0913 - the fields of the packet
        self,
        kind: int,
        slot: int,
        incarnation: int,
        *,
        pid: int = 0,
        status: int = 0,
        kills: int = 0,
        rss: int = 0,
        text: bytes = b"",
        pidfd: int = -1,
    ) -> None:
        packet = _REPORT.pack(kind, slot, incarnation, pid, status, kills, rss) + text
        # When the parent is gone, its pidfd tells us next.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            _native.send_packet(self._control, packet, [] if pidfd < 0 else [pidfd])

    def _kill_everybody(self) -> None:
        # Workers first, then what they leave to us, generation by generation: a process that dies here makes its own
        # children ours. Bounded by their number: each is killed before it can run again.
        while found := children():
            end(found)


def _oom_kills() -> int | None:
    from hpcflow._machine.cgroups import read_oom_kill_count  # lazy: the first worker is started without it

    return read_oom_kill_count()


def _open_parent(pid: int) -> int:
    if os.getppid() != pid:
        os._exit(1)  # it died before we looked
    return os.pidfd_open(pid)


def _nothing(*_: object) -> None:
    """Be a handler, so that the signal wakes poll()."""
