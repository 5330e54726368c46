"""How a process ended, in words, and the likely reason. The parts of WorkerLostError's message."""

from __future__ import annotations

import os
import signal

# Of a worker that was ended because a run did not yield when its time was up (`_worker/time_limit.py`).
EXIT_TIMED_OUT = 73

# What the usual signals mean for a worker. SIGKILL is told apart by the kernel's counter, in `likely_cause`.
_CAUSE_OF_SIGNAL: dict[int, str] = {
    signal.SIGSEGV: "a native library used memory that is not its own (segmentation fault); run the task alone, "
    "under `python -X faulthandler`, to see where",
    signal.SIGBUS: "memory behind a mapping was gone: a mapped file was shortened, or its file system is full",
    signal.SIGILL: "a native library was built for another kind of processor",
    signal.SIGFPE: "a native library divided an integer by zero",
    signal.SIGABRT: "a native library gave up by abort(); what it had to say is on stderr",
    signal.SIGTERM: "somebody ended it: a batch system at its time limit, or `kill`",
    signal.SIGINT: "it was interrupted before it could say so",
    signal.SIGHUP: "its terminal or session was closed",
    signal.SIGXCPU: "it used up its processor time (`ulimit -t`)",
    signal.SIGXFSZ: "it wrote a file beyond the size limit (`ulimit -f`)",
    signal.SIGSYS: "it made a system call that the container forbids",
    signal.SIGPIPE: "native code wrote to a pipe or socket that nobody reads any more",
}


def describe_exit(wait_status: int) -> str:
    """Say how a process ended, from the status that `os.waitpid` gives.

    Example:
        >>> describe_exit(9), describe_exit(3 << 8)
        ('signal 9 (SIGKILL)', 'exit status 3')
    """
    if os.WIFSIGNALED(wait_status):
        number = os.WTERMSIG(wait_status)
        core = ", core dumped" if os.WCOREDUMP(wait_status) else ""
        return f"signal {number} ({_signal_name(number)}){core}"
    return f"exit status {os.waitstatus_to_exitcode(wait_status)}"


def likely_cause(wait_status: int, *, oom_kills: int = 0) -> str | None:
    """Say why a process probably ended so; None where there is nothing to add.

    `oom_kills` tells by how much the kernel's counter of kills for memory rose while the worker lived (see
    `cgroups.read_oom_kill_count`).

    Example:
        >>> likely_cause(9, oom_kills=1)
        'out of memory: the kernel killed it; run fewer workers (HPCFLOW_MAX_WORKERS) or give each run less data'
        >>> likely_cause(0)
        'something in the task left the process: os._exit(0) or exit() in native code'
    """
    if os.WIFEXITED(wait_status):
        code = os.WEXITSTATUS(wait_status)
        return f"something in the task left the process: os._exit({code}) or exit() in native code"
    if not os.WIFSIGNALED(wait_status):
        return None
    number = os.WTERMSIG(wait_status)
    if number != signal.SIGKILL:
        return _CAUSE_OF_SIGNAL.get(number)
    if oom_kills > 0:
        return "out of memory: the kernel killed it; run fewer workers (HPCFLOW_MAX_WORKERS) or give each run less data"
    return "somebody killed it: `kill -9`, a batch system, or a memory limit that the kernel's counters do not show"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals between SIGRTMIN and SIGRTMAX have numbers only
        return f"SIGRTMIN+{number - signal.SIGRTMIN}" if number > signal.SIGRTMIN else "unknown"
