"""Launch the template process: loky's fork and exec, a few descriptors, and a configuration. The only door to loky.

The template is a new interpreter with nothing of the parent's state but its environment, working directory and `sys.path`:
it may be forked from at any time, whatever threads the parent has.

It starts in two stages, so that it loads its modules while the parent still loads its own: first the process (`start`), then
what it is to know (`attach`). So this module, and what comes before `start`, load next to nothing.
"""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import contextmanager

from hpcflow import _native

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from hpcflow._native import Engine
    from hpcflow._wire.inherited import InheritedDescriptors
    from hpcflow._worker.config import WorkerConfig

# What a template imports before it forks, if the parent has it too: a worker that needs it then has it at once, and one
# that does not has not waited for it.
PRELOAD_CANDIDATES = ("numpy", "cloudpickle", "scipy", "pandas", "sklearn", "threadpoolctl")

_BOOTSTRAP = (
    "import gc, sys; gc.disable(); sys.path[:] = {path!r}; from hpcflow._worker.template import main; "
    "main(control_fd={control}, config_fd={config}, record_fd={record}, parent_pid={parent})"
)


class Started:
    """A template that waits to be told more. Whoever holds it hands its descriptors on."""

    __slots__ = ("config", "pid", "pidfd", "socket")

    def __init__(self, pid: int, pidfd: int, socket: int, config: int) -> None:
        self.pid = pid
        self.pidfd = pidfd
        self.socket = socket
        self.config = config  # the pipe for its configuration


class Launcher:
    """Launches the template of one pool, and another when it has died."""

    def __init__(self, inherited: InheritedDescriptors, record_fd: int) -> None:
        self.pid = 0
        self._record_fd = record_fd  # the workers' end of what they tell
        self._inherited = inherited
        self._config: bytes = b""

    def start(self) -> Started:
        """Start a template.

        Raises:
            OSError: no process or no descriptor could be had.
        """
        ours, theirs = _native.socket_pair()
        try:
            config_read, config_write = os.pipe()
        except BaseException:
            os.close(ours)
            os.close(theirs)
            raise
        try:
            path = [os.path.abspath(entry) for entry in sys.path]
            code = _BOOTSTRAP.format(
                path=path, control=theirs, config=config_read, record=self._record_fd, parent=os.getpid()
            )
            command = [_executable(), *_interpreter_flags(), "-c", code]
            with _signals_held():
                pid = _fork_exec()(command, [theirs, config_read, self._record_fd, *self._inherited.numbers])
        except BaseException:
            os.close(ours)
            os.close(config_write)
            raise
        finally:
            os.close(theirs)
            os.close(config_read)
        self.pid = pid
        try:
            return Started(pid, os.pidfd_open(pid), ours, config_write)
        except BaseException:
            os.close(ours)
            os.close(config_write)
            _collect(pid)  # it reads the end of the pipe, and leaves
            raise

    def configure(self, config: WorkerConfig) -> None:
        """Settle what every template of this pool is told."""
        text = marshal.dumps(dict(config))
        self._config = len(text).to_bytes(8, "little") + text

    def attach(self, started: Started, engine: Engine) -> None:
        """Tell a started template what it is to know, and hand it to the coordinator."""
        view = memoryview(self._config)
        try:
            _native.send_packet(started.socket, b"a", [engine.arena_fd, engine.doorbell_fd])
            while view:
                # Ends: the template reads all there is before anything else, or is dead, and then the pipe is broken.
                view = view[os.write(started.config, view) :]
        except OSError:
            pass  # dead already: the coordinator learns it from the pidfd
        finally:
            os.close(started.config)
        if not engine.attach_template(started.socket, started.pidfd):
            _collect(started.pid)  # it saw its socket close, and leaves

    def abandon(self, started: Started) -> None:
        """End a started template that is not wanted after all."""
        for descriptor in (started.config, started.socket, started.pidfd):
            os.close(descriptor)
        _collect(started.pid)  # it reads the end of the pipe, and leaves


@contextmanager
def _signals_held() -> Iterator[None]:
    """Block what Ctrl-C and batch systems send to all processes, for the template until it has said that it does not heed it.

    Else it would die of it while its interpreter starts, and say so on the user's terminal.
    """
    import signal  # lazy: fork_exec has loaded it

    held = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _collect(pid: int) -> None:
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        return  # the program ignores SIGCHLD, or waits for all its children and was faster


def preload_names(asked: tuple[str, ...]) -> list[str]:
    """Tell which modules the template should import: those asked for, and what the parent has loaded of the usual ones."""
    return [*asked, *(name for name in PRELOAD_CANDIDATES if name in sys.modules and name not in asked)]


_found: list[Callable[..., int]] = []


def _fork_exec() -> Callable[..., int]:
    """Give loky's `fork_exec`.

    Its module stands alone, but importing it the usual way first imports all of loky, a third of the time that a short program
    takes from its start to its end. So it is loaded from its file, unless loky is loaded anyway.
    """
    if not _found:
        _found.append(_load_fork_exec() if "loky" not in sys.modules else _import_fork_exec())
    return _found[0]


def _load_fork_exec() -> Callable[..., int]:
    from importlib.machinery import PathFinder  # lazy: the door
    from importlib.util import module_from_spec, spec_from_file_location  # lazy: the door

    package = PathFinder.find_spec("loky")
    for place in (package.submodule_search_locations or []) if package is not None else []:
        file = os.path.join(place, "backend", "fork_exec.py")
        spec = spec_from_file_location("loky.backend.fork_exec", file) if os.path.exists(file) else None
        if spec is not None and spec.loader is not None:
            module: Any = module_from_spec(spec)
            spec.loader.exec_module(module)
            return module.fork_exec  # type: ignore[no-any-return]
    return _import_fork_exec()


def _import_fork_exec() -> Callable[..., int]:
    from loky.backend.fork_exec import fork_exec  # lazy: the door

    return fork_exec  # type: ignore[no-any-return]


def _executable() -> str:
    spawn = sys.modules.get("multiprocessing.spawn")  # what an embedding program may have set
    chosen = spawn.get_executable() if spawn is not None else None
    return os.fsdecode(chosen or sys.executable)


def _interpreter_flags() -> list[str]:
    from subprocess import _args_from_interpreter_flags  # type: ignore[attr-defined]  # lazy: loky's needs it anyway

    return _args_from_interpreter_flags()  # type: ignore[no-any-return]
