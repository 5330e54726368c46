"""What the workers of crash tests are made to do. Imports little: each new worker imports it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

# A worker that nobody lets through gives up, so that no test hangs for it. Later than whoever waits for it.
_GATE_DEADLINE_S = 180.0


# --- harmless ---------------------------------------------------------------------------------------------------------


def own_pid() -> int:
    return os.getpid()


def own_name(pause_s: float = 0.0) -> str:
    """Name this process: its pid may be given to another after its end, but not at the same tick of the clock."""
    time.sleep(pause_s)
    begin_ticks = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    return f"{os.getpid()} since {begin_ticks}"


def square(number: int) -> int:
    return number * number


def work_a_little(number: int) -> int:
    """Take some 100 us of processor time, and give the square."""
    end = time.perf_counter() + 100e-6
    while time.perf_counter() < end:
        pass
    return number * number


def made_bytes(number: int, size_bytes: int) -> bytes:
    """Give bytes that only this number has."""
    return number.to_bytes(8, "little") * (size_bytes // 8)


def made_list(count: int) -> list[Any]:
    """Give a value without large buffers whose pickle stream is large, and that is not plain."""
    return [complex(number, 1) for number in range(count)]


def full_array(number: int, size_bytes: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.full(size_bytes // 8, float(number))


def size_of(value: Any) -> int:
    return len(value)


def pass_gate(folder: str, number: int = 0) -> int:
    """Say that the run began, and wait until the gate opens or goes away."""
    name = f"began-{number}-{os.getpid()}"
    Path(folder, name).touch()
    opened = os.path.join(folder, "open")
    deadline = time.monotonic() + _GATE_DEADLINE_S
    while not os.path.exists(opened) and os.path.exists(folder) and time.monotonic() < deadline:
        time.sleep(0.001)
    return number


def sleep_at_gate(folder: str, duration_s: float) -> None:
    """Stand for a sleep that takes as long as the gate is closed; for none where it would take no time."""
    if duration_s > 0:
        pass_gate(folder)


def count_call(folder: str) -> int:
    """Note that this was called, and tell how often it was."""
    with open(os.path.join(folder, "calls"), "ab") as file:
        file.write(b"x")
        return file.tell()


# --- deaths -----------------------------------------------------------------------------------------------------------


def die_by(number: int) -> None:
    """Send a signal to this very process, and wait for it."""
    os.kill(os.getpid(), number)
    time.sleep(_GATE_DEADLINE_S)


def segfault() -> None:
    ctypes.string_at(0)


def abort() -> None:
    os.abort()


def leave(status: int) -> None:
    os._exit(status)


def leave_by_libc(status: int) -> None:
    """Call C's exit(), which runs the handlers of libraries."""
    ctypes.CDLL(None).exit(status)


def kill_parent() -> None:
    """Kill the template, and wait for the end that this brings."""
    with contextlib.suppress(OSError):  # another run has killed it: this process has a new parent then, which must live
        pidfd = os.pidfd_open(os.getppid())
        if Path(f"/proc/{os.getppid()}/comm").read_text().startswith("hpcflow-templat"):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    time.sleep(_GATE_DEADLINE_S)


def leave_with(data: object) -> None:
    """Die with the argument in hand."""
    os._exit(1)


def pass_gate_and_die(folder: str) -> None:
    pass_gate(folder)
    die_by(signal.SIGKILL)


def square_or_die(number: int, killer: int) -> int:
    if number == killer:
        die_by(signal.SIGKILL)
    return number * number


def die_until_call(folder: str, enough: int) -> int:
    """Die in the first calls; give the number of the first that lives."""
    calls = count_call(folder)
    if calls < enough:
        die_by(signal.SIGKILL)
    return calls


def take_memory(size_bytes: int) -> int:
    """Take memory and write to all of it."""
    block = bytearray(size_bytes)
    for offset in range(0, size_bytes, 4096):
        block[offset] = 1
    return len(block)


# --- values that kill -------------------------------------------------------------------------------------------------


def _die_in_worker(value: Any) -> Any:
    from hpcflow._worker import here

    if here.in_worker():
        die_by(signal.SIGKILL)
    return value


class DiesUnpickled:
    """Kills the worker that unpickles it."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return _die_in_worker, ("unpickled",)


class DiesPickled:
    """Kills the worker that pickles it."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return str, (_die_in_worker("pickled"),)


class DiesFreed:
    """Kills the worker that frees it."""

    def __del__(self) -> None:
        _die_in_worker(None)


def give_dies_pickled() -> DiesPickled:
    return DiesPickled()


def look_at(value: Any) -> str:
    return type(value).__name__


# --- values that cannot travel ----------------------------------------------------------------------------------------


def _refuse_here(where: str) -> Any:
    from hpcflow._worker import here

    if here.in_worker() == (where == "worker"):
        message = f"not in the {where}"
        raise ValueError(message)
    return f"unpickled outside of the {where}"


class RefusesIn:
    """Pickles; unpickling raises in the worker, or in the parent."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return _refuse_here, (self.where,)


class RefusesPickling:
    """Raises what it is told when it is pickled."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __reduce__(self) -> str:
        raise self.error


class LockHoldingError(Exception):
    """Cannot be pickled."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        import threading

        self.lock = threading.Lock()


class ParentRefusingError(Exception):
    """Travels to the parent, where it cannot be made anew."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return _remake_in_worker, (str(self),)


def _remake_in_worker(message: str) -> ParentRefusingError:
    _refuse_here("parent")
    return ParentRefusingError(message)


def give_refusing(where: str) -> RefusesIn:
    return RefusesIn(where)


def give_lock() -> dict[str, Any]:
    import threading

    return {"weights": [1, 2], "session": threading.Lock()}


def give_refusing_pickling(error: BaseException) -> RefusesPickling:
    return RefusesPickling(error)


def raise_error(error: BaseException) -> None:
    raise error


def raise_with_lock(message: str) -> None:
    raise LockHoldingError(message)


def raise_refusing_parent(message: str) -> None:
    raise ParentRefusingError(message)


def raise_chained() -> None:
    try:
        raise KeyError("seed")
    except KeyError as error:
        late = ValueError("no model without a seed")
        late.add_note("seen in fold 3")
        raise late from error


def recurse() -> None:
    recurse()


def exit_by_sys(status: object) -> None:
    sys.exit(status)  # type: ignore[arg-type]


# --- forks ------------------------------------------------------------------------------------------------------------


def fork_and_return() -> tuple[str, int]:
    """Fork; both processes return from the task."""
    pid = os.fork()
    if pid == 0:
        return "child", os.getpid()
    _, status = os.waitpid(pid, 0)
    return "worker", os.waitstatus_to_exitcode(status)


def fork_and_raise() -> tuple[str, int]:
    """Fork; the child raises out of the task."""
    pid = os.fork()
    if pid == 0:
        message = "from the child"
        raise RuntimeError(message)
    _, status = os.waitpid(pid, 0)
    return "worker", os.waitstatus_to_exitcode(status)


def fork_sleeper() -> int:
    """Leave a child behind that outlives the task, and that would outlive the worker."""
    import subprocess

    return subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid


# --- initializers -----------------------------------------------------------------------------------------------------

kept: list[Any] = []


def keep(value: Any) -> None:
    kept.append(value)


def kept_values() -> list[Any]:
    return list(kept)


def drop_kept() -> None:
    kept.clear()


def fail_first_times(folder: str, times: int) -> None:
    """Be an initializer that dies in the first workers."""
    if count_call(folder) <= times:
        die_by(signal.SIGKILL)
