"""hpcflow as a `concurrent.futures.Executor`: for code that knows nothing of tasks and flows.

`Executor` does what `concurrent.futures.ProcessPoolExecutor` does, and can stand in its place: in asyncio, dask, tqdm and in
programs of one's own. What differs is said in its docstring. The work is done below: the pool in `_engine/pool.py`, its
futures in `_engine/executor_future.py`, its map in `_engine/executor_map.py`.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, Literal, NoReturn, ParamSpec, TypeVar

from hpcflow._engine.pool import Pool
from hpcflow._native import encode_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hpcflow._engine.breakage import BrokenPoolError
    from hpcflow._engine.executor_future import Future
    from hpcflow._engine.process_handles import ProcessHandle
    from hpcflow._native import Body

__all__ = ["BrokenPoolError", "Executor", "Future"]

_Params = ParamSpec("_Params")
_Value = TypeVar("_Value")

# A worker that starts takes a tenth of a second; on a loaded machine perhaps this long.
_START_DEADLINE_S = 10.0
_NAMELESS = "a call"  # of a partial, or an object that can be called


class _Parts:
    """What calls need once there is a pool: loaded while its template starts."""

    def __init__(self) -> None:
        from hpcflow._engine import executor_future, executor_map  # lazy: as above

        self.Future = executor_future.Future
        self.new_future = executor_future.Future.__new__
        self.failed_future = executor_future.failed_future
        self.refuse_futures = executor_map.refuse_futures
        self.submit_items = executor_map.submit_items
        self.Results = executor_map.Results


_parts: Any = None  # _Parts, from the first pool on


def __getattr__(name: str) -> object:
    if name == "Future":
        from hpcflow._engine.executor_future import Future  # lazy: see _Parts

        return Future
    if name == "BrokenPoolError":
        from hpcflow._engine.breakage import BrokenPoolError  # lazy: it loads multiprocessing

        return BrokenPoolError
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


_interpreter_ends = threading.Event()
# Before pools are closed: functions registered later are called earlier, and hpcflow._engine.pool has registered its own.
threading._register_atexit(_interpreter_ends.set)  # type: ignore[attr-defined]  # noqa: SLF001 - as concurrent.futures does


class Executor(concurrent.futures.Executor):
    """Run calls in worker processes, one a core unless `max_workers` says otherwise.

    As `concurrent.futures.ProcessPoolExecutor`, with these differences:

    - lambdas, closures and functions of `__main__` can be submitted, and no `if __name__ == "__main__"` is needed;
    - `map` needs no `chunksize`: each item has an outcome of its own, and the engine finds the batches. A chunk size is
      checked, and used only where `submit` has been replaced (as tqdm does);
    - `on_worker_death="isolate"`: a worker's death costs the call that it was executing, whose future raises a
      WorkerLostError, and the pool heals itself. The default "break" is the standard library's way: all futures that have
      not ended, and all later submits, raise a BrokenProcessPool;
    - values are unpickled by the thread that asks for them, so one that cannot be breaks the pool only then;
    - `mp_context` is accepted and not used: workers are always forked from a clean process of the pool's own;
    - `max_tasks_per_child`: a worker that has done so many is replaced in milliseconds, by another fork of that process.

    Raises:
        ValueError: `max_workers` is less than 1, or an option is not known.
        TypeError: the initializer cannot be called.

    Example:
        >>> with Executor(max_workers=2) as executor:
        ...     future = executor.submit(pow, 2, 8)
        ...     squares = list(executor.map(lambda number: number**2, range(4)))
        >>> future.result(), squares
        (256, [0, 1, 4, 9])
    """

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: Any = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        max_tasks_per_child: int | None = None,
        on_worker_death: Literal["break", "isolate"] = "break",
    ) -> None:
        if max_workers is not None and max_workers <= 0:
            message = "max_workers must be greater than 0"
            raise ValueError(message)
        _check_options(mp_context, initializer, max_tasks_per_child, on_worker_death)
        self._wanted_workers = max_workers
        self._breaks = on_worker_death == "break"
        self._initializer = initializer
        self._initargs = tuple(initargs)
        self._runs_most = max_tasks_per_child or 0
        self._lock = threading.Lock()  # guards the change of _pool and _is_shut
        self._is_shut = False
        # Made at the first submit.
        self._pool: Pool | None = None
        self._first: weakref.ref[Future[Any]] | None = None  # see shutdown

    # --- submitting ---

    def submit(self, fn: Callable[_Params, _Value], /, *args: _Params.args, **kwargs: _Params.kwargs) -> Future[_Value]:
        """Have `fn(*args, **kwargs)` called in a worker, and return its future at once.

        What cannot be pickled is the outcome of the future, not of this call.

        Raises:
            RuntimeError: the executor was shut down, or the interpreter ends.
            BrokenPoolError: the pool has broken.

        Example:
            >>> with Executor(max_workers=1) as executor:
            ...     executor.submit(divmod, 7, 2).result()
            (3, 1)
        """
        pool = self._pool
        if pool is None or self._is_shut:
            pool = self._open_pool()
        engine = pool.engine
        try:
            if engine.is_broken:
                self._refuse(pool)
        except RuntimeError:
            self._refuse(pool)
        try:
            # Never more than one reference to the arguments: what was encoded must not live on here.
            body: bytes | Body | None = None if kwargs else encode_plain(args)
            if body is None:
                found: list[Any] = []
                body = pool.body(args, kwargs, found)
                if found:
                    _parts.refuse_futures(found)
            run = engine.submit(pool.function(fn), body)
        except Exception as error:  # noqa: BLE001 - whatever pickling raises is this call's outcome
            if pool.is_closed:
                self._refuse(pool)
            return _parts.failed_future(error)  # type: ignore[no-any-return]
        if run is None:
            self._refuse(pool)
        future: Future[_Value] = _parts.new_future(_parts.Future)
        future._run = run  # noqa: SLF001 - made without its __init__, which would cost as much as the rest
        future._pool = pool  # noqa: SLF001
        future._name = getattr(fn, "__name__", _NAMELESS)  # noqa: SLF001
        if self._first is None:
            self._first = weakref.ref(future)
        return future

    def map(
        self,
        fn: Callable[..., _Value],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[_Value]:
        """Submit `fn` for each row of the iterables, all at once, and return an iterator of the values in order.

        `timeout` counts from now. With `buffersize` no more than so many chunks are submitted ahead of the reader, and the
        iterables are read as it goes on. An error, a timeout or closing the iterator cancels what has not begun.

        Raises:
            ValueError: `chunksize` or `buffersize` is less than 1.
            TimeoutError: by the iterator, when the next value is not there in time.

        Example:
            >>> with Executor(max_workers=2) as executor:
            ...     list(executor.map(pow, [2, 3, 4], [5, 2, 3]))
            [32, 9, 64]
        """
        if chunksize < 1:
            message = "chunksize must be >= 1."
            raise ValueError(message)
        _check_buffersize(buffersize)
        deadline = None if timeout is None else timeout + time.monotonic()
        is_own_submit = type(self).submit is Executor.submit and "submit" not in self.__dict__
        if not is_own_submit or buffersize is not None:
            return self._map_by_submit(fn, zip(*iterables, strict=False), deadline, chunksize, buffersize)
        columns = _columns(iterables)
        if not columns or not columns[0]:
            return iter(())
        pool = self._open_pool()
        try:
            if pool.engine.is_broken:
                self._refuse(pool)
            parts = _parts.submit_items(pool, fn, columns)
        except RuntimeError:
            if pool.engine.is_ours and not pool.is_closed:
                raise
            parts = None
        if parts is None:
            self._refuse(pool)
        results: Iterator[_Value] = _parts.Results(pool, parts, getattr(fn, "__name__", _NAMELESS), deadline).read()
        return results

    def _map_by_submit(
        self,
        fn: Callable[..., _Value],
        rows: Iterator[tuple[Any, ...]],
        deadline: float | None,
        chunksize: int,
        buffersize: int | None,
    ) -> Iterator[_Value]:
        """Submit a chunk a call of `self.submit`, which may be somebody else's."""
        chunks = iter(lambda: list(itertools.islice(rows, chunksize)), [])
        futures = deque(self.submit(_call_each, fn, chunk) for chunk in itertools.islice(chunks, buffersize))
        # Weakly: an iterator that nobody reads on must not keep the workers.
        return _read_chunks(weakref.ref(self), fn, chunks if buffersize is not None else iter(()), futures, deadline)

    # --- the end ---

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accept no more calls; those submitted complete, or are cancelled if they have not begun and you say so.

        With `wait` it returns when all have ended and no process, thread or descriptor is left; the first call submitted is
        then not cancelled, even if workers are only just starting. May be called again.

        Example:
            >>> executor = Executor(max_workers=1)
            >>> executor.shutdown()
            >>> executor.submit(pow, 2, 8)
            Traceback (most recent call last):
            RuntimeError: cannot schedule new futures after shutdown
        """
        with self._lock:
            self._is_shut = True
            pool = self._pool
        if pool is None:
            return
        pool.close()
        if cancel_futures:
            if wait:
                self._let_one_begin()
            pool.cancel_open()
        if wait:
            pool.join()

    def _let_one_begin(self) -> None:
        first = self._first() if self._first is not None else None
        run = None if first is None else first._run  # noqa: SLF001 - None once it was read
        deadline = time.monotonic() + _START_DEADLINE_S
        while run is not None and not run.running() and time.monotonic() < deadline:
            if run.wait(0.001):
                return

    def __del__(self) -> None:
        # Dropped without a shutdown: what was submitted completes, then the workers go. Futures may outlive it.
        pool = self.__dict__.get("_pool")
        if pool is not None:
            pool.close()

    # --- what others look at ---

    @property
    def _max_workers(self) -> int:
        # Read by dask, which submits so many at a time.
        if self._pool is not None:
            return self._pool.worker_count
        from hpcflow._engine.provision import provide  # lazy: loaded by the pool, once there is one

        return provide(self._wanted_workers).worker_count

    @property
    def _processes(self) -> dict[int, ProcessHandle]:
        from hpcflow._engine.process_handles import live_workers  # lazy: few ask

        return {} if self._pool is None else live_workers(self._pool)

    @property
    def _broken(self) -> bool:
        return self._pool is not None and self._pool.is_broken

    # --- the pool ---

    def _open_pool(self) -> Pool:
        global _parts  # noqa: PLW0603 - loaded once
        with self._lock:
            if self._pool is None and not self._is_shut and not _interpreter_ends.is_set():
                self._pool = Pool(
                    self._wanted_workers,
                    breaks_on_death=self._breaks,
                    initializer=self._initializer,
                    initargs=self._initargs,
                    runs_most=self._runs_most,
                )
            pool = self._pool
        if _parts is None:
            _parts = _Parts()
        if pool is None or self._is_shut:
            self._refuse(pool)
        return pool

    def _refuse(self, pool: Pool | None) -> NoReturn:
        """Raise why nothing can be submitted."""
        if pool is not None:
            if not pool.engine.is_ours:
                pool.check_open()
            if pool.is_broken:
                from hpcflow._engine.breakage import broken_pool  # lazy: it loads multiprocessing

                raise broken_pool(pool.why_broken())
        when = "shutdown" if self._is_shut else "interpreter shutdown"
        message = f"cannot schedule new futures after {when}"
        raise RuntimeError(message) from None


def _check_options(mp_context: object, initializer: object, tasks_per_child: object, on_worker_death: str) -> None:
    if initializer is not None and not callable(initializer):
        message = "initializer must be a callable"
        raise TypeError(message)
    if mp_context is not None and not hasattr(mp_context, "get_start_method"):
        message = f"mp_context must be a context of multiprocessing, not {type(mp_context).__name__}"
        raise TypeError(message)
    if on_worker_death not in ("break", "isolate"):
        message = f'on_worker_death must be "break" or "isolate", not {on_worker_death!r}'
        raise ValueError(message)
    if tasks_per_child is None:
        return
    if not isinstance(tasks_per_child, int):
        message = "max_tasks_per_child must be an integer"
        raise TypeError(message)
    if tasks_per_child <= 0:
        message = "max_tasks_per_child must be >= 1"
        raise ValueError(message)


def _check_buffersize(buffersize: object) -> None:
    if buffersize is None:
        return
    if not isinstance(buffersize, int):
        message = "buffersize must be an integer or None"
        raise TypeError(message)
    if buffersize < 1:
        message = "buffersize must be None or > 0"
        raise ValueError(message)


def _columns(iterables: tuple[Iterable[Any], ...]) -> tuple[list[Any], ...]:
    """Read the iterables as `zip` does: to the end of the shortest."""
    if len(iterables) == 1:
        return (list(iterables[0]),)
    return tuple(map(list, zip(*zip(*iterables))))  # noqa: B905 - the shortest ends it


def _call_each(fn: Callable[..., _Value], rows: list[tuple[Any, ...]]) -> list[_Value]:
    """Be one chunk of a map, in the worker."""
    return [fn(*row) for row in rows]


def _read_chunks(
    executor: weakref.ref[Executor],
    fn: Callable[..., _Value],
    chunks: Iterator[list[tuple[Any, ...]]],
    futures: deque[Any],
    deadline: float | None,
) -> Iterator[_Value]:
    try:
        while futures:
            # The next chunk goes out before the oldest is waited for, so that as many stay in flight.
            if (owner := executor()) is not None and (chunk := next(chunks, None)) is not None:
                futures.append(owner.submit(_call_each, fn, chunk))
                del chunk
            del owner
            values = futures[0].result(None if deadline is None else deadline - time.monotonic())
            futures.popleft()
            values.reverse()
            while values:
                yield values.pop()
    finally:
        for future in futures:
            future.cancel()
