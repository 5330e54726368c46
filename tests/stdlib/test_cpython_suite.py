"""CPython's own tests of executors and futures, taken from the interpreter that runs this, against ours.

Its mixins are combined with our executor as CPython combines them with its own. What they name as
`concurrent.futures.ProcessPoolExecutor`, also in the scripts that they start, is ours too. A test that asks for private parts
of CPython's executor is left out, by name and with the reason.
"""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.process
import functools
import gc
import importlib
import logging
import multiprocessing
import sys
import time
import unittest
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from types import ModuleType
from typing import Any

import pytest

from hpcflow._wire.tracebacks import RemoteTraceback
from hpcflow.executor import Executor, Future
from tests.crash import deeds
from tests.crash.driver import Gate

# CPython's tests are not written for warnings as errors; and some of them make workers die.
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.kills_workers]

_NEEDS_PRIVATE_QUEUES = "asks for CPython's _executor_manager_thread or _call_queue"
_COUNTS_PROCESSES = "counts processes that CPython starts in submit, for calls that never reach a worker"
_ASKS_START_METHOD = "asks for the multiprocessing context that was not asked for, or for a refusal of fork"

EXCLUDED = {
    "test_del_shutdown": _NEEDS_PRIVATE_QUEUES,
    "test_shutdown_no_wait": _NEEDS_PRIVATE_QUEUES,
    "test_shutdown_deadlock_pickle": _NEEDS_PRIVATE_QUEUES,
    "test_gh105829_should_not_deadlock_if_wakeup_pipe_full": "replaces CPython's _ExecutorManagerThread",
    "test_python_finalization_error": "breaks the start of CPython's second thread",
    "test_processes_terminate": _COUNTS_PROCESSES,
    "test_saturation": _COUNTS_PROCESSES,
    "test_max_tasks_per_child_defaults_to_spawn_context": _ASKS_START_METHOD,
    "test_max_workers_too_large": "for Windows",
}

# Tests that call something asleep for a second or so not ended, which on a loaded machine it may be: it sleeps as long as they need.
HELD = frozenset(
    {
        "test_cancel_futures",
        "test_first_completed",
        "test_first_completed_some_already_completed",
        "test_first_exception",
        "test_first_exception_one_already_failed",
        "test_first_exception_some_already_complete",
        "test_future_times_out",
        "test_killed_child",
        "test_map_timeout",
        "test_timeout",
        "test_zero_timeout",
    }
)

# CPython's mixins, and the module of its package that holds each (up to 3.11, one module holds all).
MIXINS = {
    "ProcessPoolExecutorTest": "test_process_pool",
    "ProcessPoolShutdownTest": "test_shutdown",
    "ExecutorDeadlockTest": "test_deadlock",
    "WaitTests": "test_wait",
    "AsCompletedTests": "test_as_completed",
    "InitializerMixin": "test_init",
    "FailingInitializerMixin": "test_init",
}


class ProcessPoolExecutor(Executor):
    """Stand for ours under the name that scripts of the suite import from concurrent.futures."""


_PRELUDE = f"""
import sys
sys.path[:] = {sys.path!r}
import multiprocessing, concurrent.futures, hpcflow.executor
concurrent.futures.ProcessPoolExecutor = hpcflow.executor.Executor
"""


def _suite() -> ModuleType:
    try:
        return importlib.import_module("test.test_concurrent_futures")
    except ImportError as error:
        pytest.skip(f"machine: this Python was installed without its own tests ({error})", allow_module_level=True)


def _module(name: str) -> ModuleType:
    suite = _suite()
    return importlib.import_module(f"{suite.__name__}.{name}") if hasattr(suite, "__path__") else suite


@functools.cache  # once: up to 3.11 it is one module for all
def _adapt(module: ModuleType) -> None:
    """Let what the module's globals name be ours: the future, and how scripts are started."""
    futures = _module("util")
    for made in (module, futures):
        made.Future = Future  # type: ignore[attr-defined]
    for state in ("PENDING", "RUNNING", "CANCELLED", "CANCELLED_AND_NOTIFIED"):
        _replace(module, f"{state}_FUTURE", futures.create_future(state=state))
    _replace(module, "EXCEPTION_FUTURE", futures.create_future(state="FINISHED", exception=OSError()))
    _replace(module, "SUCCESSFUL_FUTURE", futures.create_future(state="FINISHED", result=42))
    run = getattr(module, "assert_python_ok", None)
    if run is not None:
        _replace(module, "assert_python_ok", lambda option, script: run(option, _PRELUDE + _dedented(script)))


def _replace(module: ModuleType, name: str, value: object) -> None:
    if hasattr(module, name):
        setattr(module, name, value)


def _dedented(script: str) -> str:
    # The suite's scripts begin with `if 1:` in order to be indented.
    return script if script.startswith("if") else f"if 1:\n{script}"


class _HeldTime:
    """Stand for the module `time` in a test whose runs sleep until the gate opens."""

    def __init__(self, gate: Gate) -> None:
        self.sleep = functools.partial(deeds.sleep_at_gate, gate.path)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class _OurPool:
    """Take the place of CPython's mixins for its three start methods."""

    executor_type = ProcessPoolExecutor
    ctx = "spawn"
    executor: Any
    _gate: Gate | None = None

    def get_context(self) -> Any:
        return multiprocessing.get_context("spawn")

    def setUp(self) -> None:
        patch = pytest.MonkeyPatch()
        # Not the class that the mixins are given: a test that is skipped for CPython's compares them.
        patch.setattr(concurrent.futures, "ProcessPoolExecutor", Executor)
        patch.setattr(concurrent.futures.process, "_RemoteTraceback", RemoteTraceback)
        self.addCleanup(patch.undo)  # type: ignore[attr-defined]  # of TestCase, which comes last
        # A test case lives on; the semaphores in these must not.
        for name in ("log_queue", "executor_kwargs"):
            self.addCleanup(self.__dict__.pop, name, None)  # type: ignore[attr-defined]
        super().setUp()  # type: ignore[misc]
        name = self.id().rpartition(".")[2]  # type: ignore[attr-defined]  # of TestCase, which comes last
        if name in HELD:
            self._hold(name, patch)

    def _hold(self, name: str, patch: pytest.MonkeyPatch) -> None:
        gate = self._gate = Gate()
        self.addCleanup(gate.remove)  # type: ignore[attr-defined]  # of TestCase, which comes last
        module = sys.modules[getattr(self, name).__module__]
        patch.setattr(module, "time", _HeldTime(gate))
        if name != "test_cancel_futures":
            self.executor.submit(int).result()  # what takes long is not to count for timeouts
            return
        submit = self.executor.submit

        def submit_and_hear(*call: Any) -> Any:
            future = submit(*call)
            future.add_done_callback(lambda _: gate.open())  # of the first that is cancelled: none ends before
            return future

        self.executor.submit = submit_and_hear

    def tearDown(self) -> None:
        if self._gate is not None:
            self._gate.open()
        super().tearDown()  # type: ignore[misc]


class _WithoutHandlers:
    """Take away pytest's log handlers: tests of callbacks that raise read what logging writes to stderr by itself."""

    def setUp(self) -> None:
        patch = pytest.MonkeyPatch()
        patch.setattr(logging.getLogger(), "handlers", [])
        self.addCleanup(patch.undo)  # type: ignore[attr-defined]  # of TestCase, which comes last
        super().setUp()  # type: ignore[misc]


def _test_case(mixin: str, module_name: str) -> type[unittest.TestCase]:
    module, util = _module(module_name), _module("util")
    _adapt(module)
    body: dict[str, Any] = {"__module__": __name__} | dict.fromkeys(EXCLUDED)
    bases = [_OurPool, getattr(module, mixin)]
    if not mixin.endswith("InitializerMixin"):
        bases.append(util.ExecutorMixin)
    return type(f"Hpcflow{mixin}", (*bases, util.BaseTestCase), body)


for _mixin, _module_name in MIXINS.items():
    globals()[f"Hpcflow{_mixin}"] = _test_case(_mixin, _module_name)

_adapt(_module("test_future"))
HpcflowFutureTests: Callable[..., Any] = type(
    "HpcflowFutureTests", (_WithoutHandlers, _module("test_future").FutureTests), {"__module__": __name__}
)


@pytest.fixture(scope="module", autouse=True)
def _resource_tracker_runs() -> Iterator[None]:
    """Start the helper process of multiprocessing's locks and queues before the tests: it outlives the first that needs it."""
    resource_tracker.ensure_running()
    yield
    gc.collect()
    resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]
