"""A worker process, from its fork to its exit: what is set up around the loop, and what is taken down after it."""

from __future__ import annotations

import atexit
import faulthandler
import os
import signal
import sys
import types
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any, NoReturn

from hpcflow import _native
from hpcflow._machine.pinning import pin
from hpcflow._named_tuples import NamedTuple
from hpcflow._wire import codec
from hpcflow._wire.records import RecordSender
from hpcflow._worker import here
from hpcflow._worker.logs import install
from hpcflow._worker.loop import serve

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec

    from hpcflow._worker.config import WorkerConfig

# Exit statuses of our own, seen in crash reports.
EXIT_INITIALIZER = 71
EXIT_TOO_LATE = 72


class WorkerSeat(NamedTuple):
    """What one worker has for itself."""

    slot: int
    segment: int  # of the arena, to allocate from
    arena_fd: int
    doorbell_fd: int  # the coordinator's eventfd
    crash_fd: int  # for faulthandler
    record_fd: int  # for what it tells the parent
    template_pid: int


def work(config: WorkerConfig, seat: WorkerSeat) -> NoReturn:
    """Be the worker at that seat until it is told to close. Leaves the process."""
    _native.die_with_parent(signal.SIGKILL)
    if os.getppid() != seat.template_pid:
        os._exit(EXIT_TOO_LATE)  # the template ended before the kernel knew
    status = 1
    try:
        crash_fd = _native.move_out_of_reach(seat.crash_fd)
        _set_up(config, seat.slot, crash_fd)
        lane = _native.WorkerLane(
            seat.arena_fd,
            seat.slot,
            config["slot_count"],
            seat.segment,
            config["budget_bytes"],
            seat.doorbell_fd,
            config["arrays_in_place"],
        )
        sender = RecordSender(seat.record_fd)
        here.enter(lane, config["id_key"], crash_fd, sender)
        install(sender)
        # What a child of a task inherits may outlive the task, and the blocks that its arguments lie in.
        os.register_at_fork(before=_native.keep_views_for_children)
        if _initialize(config["initializer"]):
            serve(lane)
            status = 0
        else:
            status = EXIT_INITIALIZER
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else 1
    except BaseException:  # noqa: BLE001 - it is said on stderr, and in the exit status
        sys.excepthook(*sys.exc_info())
    finally:
        _take_down()
        os._exit(status)


def _set_up(config: WorkerConfig, slot: int, crash_fd: int) -> None:
    # A handler and not SIG_IGN: programs that tasks start get the default back at exec.
    signal.signal(signal.SIGINT, _nothing)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    faulthandler.enable(file=crash_fd)
    _native.name_process(f"hpcflow-w{slot}")
    place = config["places"][slot]
    if place:
        pin(place)  # where a container refuses, the worker runs unpinned
    sys.modules["__main__"] = types.ModuleType("__main__")
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True)  # a killed worker's lines have been seen
    _Naming(config["authkey"], slot).install()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()  # or all workers would draw what the template would have drawn


class _Naming:
    """Names this process for multiprocessing, whose managers, queues and locks may be among the arguments.

    Loading it costs every worker milliseconds, and few need it: so it is named when something first imports it. This stands
    among the finders of modules until then, and puts itself between that module and its loader.
    """

    def __init__(self, authkey: bytes, slot: int) -> None:
        self._authkey = authkey
        self._name = f"hpcflow-worker-{slot}"
        self._loader: Any = None  # the module's own

    def install(self) -> None:
        loaded = sys.modules.get("multiprocessing.process")
        if loaded is not None:
            self._apply(loaded)
        else:
            sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None) -> Any:
        if name != "multiprocessing.process":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None:
            self._loader, spec.loader = spec.loader, self  # type: ignore[assignment]  # it has what is asked of a loader
        return spec

    def create_module(self, spec: ModuleSpec) -> types.ModuleType | None:
        created: types.ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: types.ModuleType) -> None:
        self._loader.exec_module(module)
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._apply(module)

    def _apply(self, process: Any) -> None:
        current = process.current_process()
        current.authkey = self._authkey
        current.name = self._name


def _initialize(pickled: bytes) -> bool:
    if not pickled:
        return True
    try:
        function, arguments = codec.decode(pickled, ())
        function(*arguments)
    except BaseException:
        import logging  # lazy: only for this

        logging.getLogger("concurrent.futures").critical("Exception in initializer:", exc_info=True)
        return False
    return True


def _take_down() -> None:
    try:
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            util._exit_function()  # noqa: SLF001 - as multiprocessing ends its own processes
        atexit._run_exitfuncs()  # noqa: SLF001 - os._exit would skip them
    finally:
        flush_streams()


def flush_streams() -> None:
    """Write out what stands in the buffers of stdout and stderr, as far as that is possible."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue  # closed by the user's code, or nobody reads it any more


def _nothing(*_: object) -> None:
    """Let a signal pass."""
