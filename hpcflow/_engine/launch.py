"""Launch the template process: loky's fork and exec, two descriptors, and a configuration. The only door to loky.

The template is a new interpreter with nothing of the parent's state but its environment, working directory and `sys.path`:
it may be forked from at any time, whatever threads the parent has.
"""

from __future__ import annotations

import marshal
import os
import socket
import sys
from typing import TYPE_CHECKING

from hpcflow.settings import settings, worker_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hpcflow._worker.config import WorkerConfig

# What a template imports before it forks, if the parent has it too: a worker that needs it then has it at once, and one
# that does not has not waited for it.
PRELOAD_CANDIDATES = ("numpy", "cloudpickle", "scipy", "pandas", "sklearn", "threadpoolctl")

_BOOTSTRAP = """
import marshal, os, sys
with os.fdopen({fd}, "rb") as file:
    config = marshal.load(file)
sys.path[:] = config["sys_path"]
from hpcflow._worker.template import main
main(config)
"""


def cpu_count() -> int:
    """Tell how many processes loky would run: affinity, cgroup quota and `LOKY_MAX_CPU_COUNT` taken into account."""
    import loky  # lazy: the door

    return int(loky.cpu_count())


def preload_names() -> list[str]:
    """Tell which modules the template should import: those asked for, and what the parent has loaded of the usual ones."""
    asked = settings().preload
    return [*asked, *(name for name in PRELOAD_CANDIDATES if name in sys.modules and name not in asked)]


def launch_template(config: WorkerConfig, *, threads_per_worker: int, keep: Sequence[int] = ()) -> tuple[int, int, int]:
    """Start a template; `keep` are further descriptors that it shall inherit. Returns the parent's socket, its pidfd, its pid.

    Raises:
        OSError: no process or no descriptor could be had.
    """
    from loky.backend.fork_exec import fork_exec  # lazy: the door
    from subprocess import _args_from_interpreter_flags  # lazy: loky has loaded it

    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    config_fd = os.memfd_create("hpcflow-config")
    try:
        config["control_fd"] = theirs.fileno()
        os.write(config_fd, marshal.dumps(config))
        os.lseek(config_fd, 0, os.SEEK_SET)
        command = [_executable(), *_args_from_interpreter_flags(), "-c", _BOOTSTRAP.format(fd=config_fd)]
        inherited = [theirs.fileno(), config_fd, config["arena_fd"], config["doorbell_fd"], *keep]
        pid = fork_exec(command, inherited, env=worker_environment(threads_per_worker))
        pidfd = os.pidfd_open(pid)
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
        os.close(config_fd)
    return ours.detach(), pidfd, pid


def _executable() -> str:
    from multiprocessing.spawn import get_executable  # lazy: what an embedding program may have set

    return os.fsdecode(get_executable() or sys.executable)
