"""A pool: an engine, the template it forks workers from, and the thread that watches both.

`Pool` is what faces submit through: it turns functions and arguments into bytes, and launches templates. Everything about
runs is decided in the native coordinator (`native/core/coordinator.hpp`), which needs no Python thread to go on.

Closing, in this order: 1. the engine takes no more runs; 2. it ends when all have ended, telling workers and the template to
leave; 3. the observer thread learns of it, releases memory and descriptors, and ends.
"""

from __future__ import annotations

import functools
import itertools
import os
import sys
import threading

import hpcflow._engine.forks  # noqa: F401 - what it registers
from hpcflow import _native
from hpcflow._engine.handles import FunctionHandles
from hpcflow._engine.interrupts import uninterrupted
from hpcflow._engine.launch import Launcher, preload_names
from hpcflow._engine.observer import LATE_SLICE_S, ObserverThread, run_callbacks, run_last_callbacks
from hpcflow._engine.records import RecordReader
from hpcflow._runs import new_key
from hpcflow._wire.inherited import InheritedDescriptors

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from hpcflow._engine.outcomes import RawCrash
    from hpcflow._native import Body, Engine, Function, Run
    from hpcflow._runs import Label
    from hpcflow._wire.functions import FunctionCode
    from hpcflow._wire.records import Record
    from hpcflow._worker.attempt import Plan

# The observer looks whether it is still wanted this often, should nothing ever happen.
_OBSERVER_SLICE_S = 3600.0

# Killed processes are gone in milliseconds; a machine that swaps may need longer.
_KILLED_WITHIN_S = 10.0

_PICKLE = b"k"  # form_pickle of native/core/body.hpp


class Pool:
    """Workers of one process, and the way to have them run functions.

    `worker_count` None means one a usable core. `breaks_on_death`: as the standard library's pool, one worker's death ends
    every run; otherwise it costs the run that the worker was executing, and the pool heals itself. `idle_close_s`: close
    after so long without a run. `runs_most`: replace a worker after so many runs; 0: never.
    """

    @uninterrupted
    def __init__(
        self,
        worker_count: int | None = None,
        *,
        breaks_on_death: bool = False,
        initializer: Callable[..., object] | None = None,
        initargs: Sequence[Any] = (),
        idle_close_s: float | None = None,
        runs_most: int = 0,
    ) -> None:
        self.breaks_on_death = breaks_on_death
        self.id_key = new_key()  # of its runs' ids
        self._inherited = InheritedDescriptors()
        self.records = RecordReader(functools.partial(_deliver, self.id_key))
        self._launcher = Launcher(self._inherited, self.records.write_end)
        started = None
        try:
            # What an initializer's arguments bring along must be there when the template starts. Without one, the template
            # starts at once, and loads its modules while we load ours.
            started = None if initializer is not None else self._launcher.start()
            self._prepare(worker_count, idle_close_s, initializer, tuple(initargs), runs_most)
            started = started or self._launcher.start()
        except BaseException:
            if started is not None:
                self._launcher.abandon(started)
            self._inherited.close()
            self.records.close()
            raise
        self._launcher.attach(started, self.engine)
        self._handles = FunctionHandles(self.engine)
        self._tokens = itertools.count()
        self._callbacks: dict[int, Callable[[], object]] = {}
        self._last_words: list[str | RawCrash] = []
        self._observer = ObserverThread(
            target=_observe,
            args=(
                self.engine,
                self._launcher,
                self.records,
                self._inherited,
                self._handles,
                self._callbacks,
                self._last_words,
            ),
            name="hpcflow-observer",
            daemon=True,
        )
        _observed[self._observer] = self.engine
        try:
            self._observer.start()
        except RuntimeError:  # no thread is to be had: it does here what it would have done
            self.engine.kill()
            self._observer.run()
            del _observed[self._observer]
            raise

    def _prepare(
        self,
        worker_count: int | None,
        idle_close_s: float | None,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
        runs_most: int,
    ) -> None:
        from multiprocessing import process  # lazy: while the template starts

        from hpcflow._engine.provision import provide  # lazy: while the template starts
        from hpcflow._wire import codec  # lazy: while the template starts
        from hpcflow._wire.functions import FunctionTable  # lazy: while the template starts
        from hpcflow.settings import settings, worker_environment  # lazy: while the template starts

        provision = provide(worker_count)
        self.worker_count = provision.worker_count
        self.places = provision.places
        self._codec = codec
        self._functions = FunctionTable()
        pickled = b""
        if initializer is not None:
            with self._inherited.collecting():
                pickled = codec.dump_by_value((initializer, initargs), reduce=self._inherited.reduce)
        self._launcher.configure(
            {
                "slot_count": provision.worker_count,
                "budget_bytes": provision.budget_bytes,
                "arrays_in_place": provision.arrays_in_place,
                "places": [sorted(place) for place in provision.places],
                "id_key": self.id_key,
                "authkey": bytes(process.current_process().authkey),
                "preload": preload_names(settings().preload),
                "environment": worker_environment(provision.threads_per_worker),
                "initializer": pickled,
            }
        )
        self.engine: Engine = _native.Engine(
            provision.worker_count, provision.budget_bytes, self.breaks_on_death, idle_close_s, runs_most
        )

    # --- submitting ---

    def function(self, fn: Callable[..., Any], plan: Plan | None = None, label: Label | None = None) -> Function:
        """Give the handle under which workers know a function; its bytes are made anew when it has changed.

        With a `label` it is a task's: workers execute it by the `plan`, and can tell what its runs are called.
        """
        return self._handles.find(self._functions.lookup(fn), plan, label)

    def finders(self) -> tuple[Callable[[Any], FunctionCode], Callable[..., Function]]:
        """Give what `function` asks: what finds a function's bytes, and what finds the handle for them."""
        return self._functions.lookup, self._handles.find

    def body(self, args: tuple[Any, ...], kwargs: dict[str, Any], futures: list[Any]) -> bytes | Body:
        """Encode the arguments of one run; futures met in them go to `futures`, in the order of their numbers."""
        if not kwargs:
            plain = _native.encode_plain(args)
            if plain is not None:
                return plain
        encoded = self._codec.encode_call(args, kwargs, futures)
        if encoded.buffers:
            return self.engine.pack(encoded.data, encoded.buffers)
        return _PICKLE + encoded.data

    def check_open(self) -> None:
        """Raise what forbids submitting: the pool was forked, or has been closed."""
        from hpcflow.errors import EngineClosedError, EngineForkedError  # lazy: loaded by the codec

        if not self.engine.is_ours:
            message = "this pool belongs to the process that this one was forked from; make a new one here"
            raise EngineForkedError(message)
        if self.is_closed:
            message = "the pool has been closed and takes no more runs"
            raise EngineClosedError(message)

    # --- watching ---

    def call_when_done(self, run: Run, callback: Callable[[], object]) -> None:
        """Have the observer thread call `callback` once the run has ended, and again as long as it gives False."""
        token = next(self._tokens)
        self._callbacks[token] = callback
        try:
            self.engine.watch(run, token)
        except RuntimeError:  # the engine has ended, and all runs with it; or it was forked
            if self._callbacks.pop(token, None) is None:
                return  # the observer was as fast, and has called it
            if not run.done():
                self.check_open()
                raise
            callback()

    # --- state and end ---

    @property
    def is_closed(self) -> bool:
        """Tell whether it takes no more runs."""
        return self.engine.is_released or self.engine.is_closed

    @property
    def is_broken(self) -> bool:
        """Tell whether it broke: all its runs have ended, and it takes no more."""
        try:
            return bool(self.engine.is_broken)
        except RuntimeError:  # the engine has been released
            return bool(self._last_words)

    def why_broken(self) -> str | RawCrash | None:
        """Tell why it broke: a text, or what is known of a worker's death. None: it has not."""
        try:
            return self.engine.why_broken()
        except RuntimeError:  # the engine has been released
            return self._last_words[0] if self._last_words else None

    def process_ids(self) -> list[int]:
        """Tell the pids of its template and workers."""
        return [] if self.engine.is_released else [self._launcher.pid, *self.worker_ids()]

    def worker_ids(self) -> list[int]:
        """Tell the pids of its workers."""
        try:
            return [facts[0] for facts in self.engine.slot_facts() if facts[0]]
        except RuntimeError:  # the engine has been released
            return []

    def close(self) -> None:
        """Take no more runs; end when all have ended. Does not wait."""
        if self.engine.is_ours and not self.engine.is_released:
            self.engine.close()

    def kill(self) -> None:
        """End now, with whatever is running."""
        if self.engine.is_ours and not self.engine.is_released:
            self.engine.kill()

    def cancel_open(self) -> None:
        """Cancel every run that has not begun."""
        self._ask_engine(self.engine.cancel_open)

    def break_now(self, why: str) -> None:
        """End all runs as broken."""
        self._ask_engine(lambda: self.engine.break_pool(why))

    def _ask_engine(self, ask: Callable[[], None]) -> None:
        try:
            ask()
        except RuntimeError:
            if not self.engine.is_released:  # else it has ended meanwhile, and all runs with it
                raise

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until it has ended and left nothing behind; False when the timeout passes first."""
        if self._observer is threading.current_thread():
            return False
        self._observer.join(timeout_s)  # ends with the coordinator, whose end is bounded by the user's runs
        return not self._observer.is_alive()

    def __del__(self) -> None:
        # Dropped without being closed: what was submitted completes, then everything goes.
        if hasattr(self, "engine"):
            self.close()


def _deliver(key: tuple[int, int], record: Record) -> None:
    from hpcflow._reporting import deliver  # lazy: most workers tell nothing

    deliver(key, record)


def _settle() -> None:
    # Not imported: a program without tasks has nothing to settle; and to load a module that makes named tuples, while Python ends by
    # a KeyboardInterrupt, has it forget that, and end with another status than a shell expects.
    context = sys.modules.get("hpcflow.context")
    if context is not None:
        context.settle()


def _observe(
    engine: Engine,
    launcher: Launcher,
    records: RecordReader,
    inherited: InheritedDescriptors,
    handles: FunctionHandles,
    callbacks: dict[int, Callable[[], object]],
    last_words: list[str | RawCrash],
) -> None:
    """Be the observer thread: what the coordinator cannot do without Python. Ends with the coordinator."""
    late: list[int] = []
    while True:
        late = run_callbacks(callbacks, late)
        for token in engine.take_events(LATE_SLICE_S if late else _OBSERVER_SLICE_S):
            if token == _native.TOKEN_ENDED:
                engine.join()
                if (why := engine.why_broken()) is not None:
                    last_words.append(why)
                handles.clear()
                engine.release()
                inherited.close()
                records.close()
                run_last_callbacks(callbacks)
                _settle()  # what is still to be told of its runs holds them, and so the arena
                _observed.pop(threading.current_thread(), None)
                return
            if token == _native.TOKEN_TEMPLATE_LOST:
                try:
                    launcher.attach(launcher.start(), engine)
                except Exception as error:  # noqa: BLE001 - whatever it is, runs must not wait for workers that never come
                    engine.break_pool(f"its template process died, and another cannot be launched: {error}")
            else:
                records.drain()  # what the run told before its end comes first
                late += run_callbacks(callbacks, [token - _native.FIRST_FREE_TOKEN])


# --- all pools of the process, and the shared one -----------------------------------------------------------------------

# Observers that have not ended, each with its engine. Not the pools: one that was dropped still has runs to complete.
_observed: dict[threading.Thread, Engine] = {}
_shared: dict[int | None, Pool] = {}  # by the number of workers that was asked for
_shared_lock = threading.Lock()


def shared_pool(worker_count: int | None = None) -> Pool:
    """Give the pool that all flows of the process share: made at first use, again after it has closed for being idle.

    There is one for each number of workers that is asked for; None means one a usable core.
    """
    with _shared_lock:
        pool = _shared.get(worker_count)
        if pool is None or pool.is_closed or pool.engine.is_broken:
            from hpcflow.settings import settings  # lazy: see Pool

            pool = _shared[worker_count] = Pool(worker_count, idle_close_s=settings().idle_timeout_s)
        return pool


def close_shared_pool() -> None:
    """Close the shared pools and wait for their end; the next use makes new ones."""
    with _shared_lock:
        pools = list(_shared.values())
        _shared.clear()
    for pool in pools:
        pool.close()
    for pool in pools:
        pool.join()


def shared_process_ids() -> list[int]:
    """Tell the pids of the shared pools' templates and workers."""
    return [pid for pool in list(_shared.values()) for pid in pool.process_ids()]


def _close_all() -> None:
    # At the interpreter's end, before threads are joined: what was submitted completes.
    observed = {observer: engine for observer, engine in _observed.items() if engine.is_ours}
    try:
        for engine in observed.values():
            if not engine.is_released:
                engine.close()
        for observer in observed:
            observer.join()  # ends with the coordinator, whose end is bounded by the user's runs
    except BaseException:  # Ctrl-C: the user does not want to wait
        for engine in observed.values():
            if not engine.is_released:
                engine.kill()
        for observer in observed:
            observer.join(_KILLED_WITHIN_S)
        raise


def _forget_in_child() -> None:
    global _shared, _shared_lock  # noqa: PLW0603
    _shared = {}
    _shared_lock = threading.Lock()
    _observed.clear()


threading._register_atexit(_close_all)  # type: ignore[attr-defined]  # noqa: SLF001 - as concurrent.futures does, and for the same reason
os.register_at_fork(before=_native.keep_views_for_children, after_in_child=_forget_in_child)
