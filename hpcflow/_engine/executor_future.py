"""The executor's future: a real `concurrent.futures.Future` that costs as little as a run until somebody looks into it.

A future of the standard library makes a Condition (a lock and a queue), two lists and a dict before anything has happened, and
somebody has to fill it in when its run ends. Ours is made without any of that and holds the native run, which knows by itself
whether it has ended and can be waited for without a lock. `result`, `exception`, `done`, `running` and `cancel` ask the run.

Only when something reaches for what the standard library's functions use, `_condition`, `_waiters` or `_done_callbacks`
(`wait`, `as_completed`, `add_done_callback`, asyncio), is it *materialised*: they are made, and the pool's observer thread
is asked to come back when the run has ended. From then on there are three moments, each of which happens once:

- the run ends;
- the future is *settled*, under the condition, by whoever noticed first: `_state` says how it ended, and waiters are told.
  Whatever of our methods says that it has ended has settled it before. Not before: who holds the condition, as `wait` does,
  reads `_state` twice, and must read the same;
- its callbacks are called, by the observer thread (or by the thread that cancelled it).

Nothing here takes a lock besides the future's own condition. What threads may do at the same time, they do by one atomic
operation on the instance's dict (`setdefault`): the first wins, and what the others made is dropped.

What a run ended with is decoded in the thread that asks, once; then the run itself, and the bytes it holds, are let go. A
future whose value is a number or a string, or None, which is most of them, never has a dict.
"""

from __future__ import annotations

import concurrent.futures
import logging
import threading
from concurrent.futures._base import CANCELLED_AND_NOTIFIED, FINISHED, PENDING, RUNNING
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from hpcflow._engine.outcomes import Ending, read_outcome
from hpcflow._worker.loop import NOTE_OF_UNDECODABLE
from hpcflow.errors import DecodingError, WorkerLostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._engine.breakage import BrokenPoolError
    from hpcflow._engine.outcomes import RawCrash
    from hpcflow._engine.pool import Pool
    from hpcflow._native import Run

# What an ended run gave: the standard library's state, the value, the error.
Given = tuple[str, Any, BaseException | None]

_CANCELLED_GIVEN: Given = (CANCELLED_AND_NOTIFIED, None, None)
# Values of which two equal ones cannot be told apart: two threads may each decode their own.
_ATOMS = frozenset({type(None), bool, int, float, str, bytes})
_VALUE = int(Ending.VALUE)
_CANCELLED = int(Ending.CANCELLED)
_MADE_LATER = frozenset({"_condition", "_waiters", "_done_callbacks"})

_Value = TypeVar("_Value")


def _lost(raw: RawCrash, name: str) -> WorkerLostError:
    from hpcflow._engine.breakage import worker_lost  # lazy: it loads multiprocessing

    return worker_lost(raw, run_name=name)


def _broken(why: str | RawCrash | None, name: str | None = None) -> BrokenPoolError:
    from hpcflow._engine.breakage import SOME_RUN, broken_pool  # lazy: as above

    return broken_pool(why, run_name=name or SOME_RUN)


_LOGGER = logging.getLogger("concurrent.futures")


def read_given(run: Run, pool: Pool, name: str) -> Given:
    """Read what an ended run gave, as the standard library's executor would have it.

    A value that cannot be decoded here, or arguments that could not be in the worker, break a pool that breaks: that is the
    standard library's rule. The error names the original one, which is its cause.
    """
    ending, is_plain, value, _ = run.outcome()
    if is_plain and ending == _VALUE:
        return FINISHED, value, None
    try:
        outcome = read_outcome(run)
    except DecodingError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise error.__cause__ from None  # Ctrl-C while decoding: nothing is wrong with the value
        return FINISHED, None, _broken_by(str(error), error.__cause__, pool) if pool.breaks_on_death else error
    match outcome.ending:
        case Ending.VALUE:
            return FINISHED, outcome.payload, None
        case Ending.CANCELLED:
            return _CANCELLED_GIVEN
        case Ending.CRASHED:
            lost = _broken(outcome.payload, name) if pool.breaks_on_death else _lost(outcome.payload, name)
            return FINISHED, None, lost
        case Ending.BROKEN:
            return FINISHED, None, _broken(outcome.payload)
        case _:
            raised: BaseException = outcome.payload
            if pool.breaks_on_death and NOTE_OF_UNDECODABLE in getattr(raised, "__notes__", ()):
                why = f"a call cannot be unpickled in a worker: {type(raised).__name__}: {raised}"
                return FINISHED, None, _broken_by(why, raised, pool)
            return FINISHED, None, raised


def _broken_by(why: str, error: BaseException | None, pool: Pool) -> BrokenPoolError:
    pool.break_now(why)
    broken = _broken(why)
    broken.__cause__ = error
    return broken


class Future(concurrent.futures.Future[_Value]):
    """Hold what one call submitted to an Executor will give.

    Everything that the standard library does with futures can be done with it. `Future()` makes one that belongs to no
    executor, and is the standard library's in all respects.

    Example:
        >>> future = Future()
        >>> future.set_result(42)
        >>> future.done(), future.result()
        (True, 42)
    """

    # Of futures of an executor: the run, until what it gave has been read; its pool, as long; the function's name; and
    # what it gave, where that is an atom.
    __slots__ = ("_atom", "_name", "_pool", "_run")

    _run: Run | None
    _pool: Pool | None
    _name: str
    _atom: Any
    # Whether it is materialised. Then, and only then, it stands in the instance's dict.
    _is_watched: bool = False

    def __init__(self) -> None:
        self._run = None
        self._pool = None
        self._name = ""
        super().__init__()

    # --- what is asked most ---

    def result(self, timeout: float | None = None) -> _Value:
        """Give the value of the call, or raise what it raised; wait for it if need be.

        Raises:
            TimeoutError: it has not ended in time.
            CancelledError: it was cancelled.
        """
        run = self._run
        if run is None:
            if self._pool is not None:
                return self._atom  # type: ignore[no-any-return]  # a cast would be a call, in the hottest path
        elif not run.wait(timeout):
            raise concurrent.futures.TimeoutError
        else:
            ending, is_plain, atom, _ = run.outcome()
            if is_plain and ending == _VALUE and atom.__class__ in _ATOMS:
                if self._is_watched:
                    self._settle()
                self._atom = atom
                self._run = None  # last: who finds no run finds the value
                return atom  # type: ignore[return-value]  # as above
        given = self._wait(timeout)
        if given is None:
            return super().result(timeout)
        state, value, error = given
        if state == FINISHED and error is None:
            return value  # type: ignore[no-any-return]  # as above
        try:
            _raise(error)
        finally:
            # The error's traceback refers to this frame: no cycle through it.
            del self, given, error, run

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Give what the call raised, None if it returned; wait for its end if need be. Raises as `result` does."""
        given = self._wait(timeout)
        if given is None:
            return super().exception(timeout)
        state, _, error = given
        if state != FINISHED:
            raise concurrent.futures.CancelledError
        return error

    def done(self) -> bool:
        """Tell whether the call has ended or was cancelled."""
        run = self._run
        if run is None:
            return self._kept() is not None or super().done()
        if not run.done():
            return False
        if self._is_watched:
            self._settle()
        return True

    def running(self) -> bool:
        """Tell whether a worker is executing the call now."""
        run = self._run
        if run is not None:
            return run.running()
        return self._kept() is None and super().running()

    def cancelled(self) -> bool:
        """Tell whether the call was cancelled."""
        run = self._run
        if run is None:
            given = self._kept()
            return given[0] != FINISHED if given is not None else super().cancelled()
        return self.done() and run.ending() == _CANCELLED

    def cancel(self) -> bool:
        """Take the call back if it has not begun; tell whether it is cancelled."""
        run = self._run
        if run is None:
            given = self._kept()
            return given[0] != FINISHED if given is not None else super().cancel()
        if run.cancel():
            if self._is_watched:
                self._arrive()
            return True
        return self.cancelled()

    def __repr__(self) -> str:
        self.done()  # settles what has ended: "pending" would be yesterday's news
        return super().__repr__()

    def __reduce__(self) -> NoReturn:
        message = (
            "a Future cannot be pickled: its run belongs to this process. Take its result() first, "
            "or pass futures between tasks with @task"
        )
        raise TypeError(message)

    def _wait(self, timeout: float | None) -> Given | None:
        """Wait for the end of the run and read what it gave; None: this future has no run."""
        run = self._run
        if run is None:
            return self._kept()
        if not run.wait(timeout):
            raise concurrent.futures.TimeoutError
        return self._read(run)

    def _read(self, run: Run) -> Given:
        pool = self._pool
        if pool is not None:
            self.__dict__.setdefault("_given", read_given(run, pool, self._name))
            if self._is_watched:
                self._settle()
            self._pool = None
            self._run = None  # last: who finds no run finds what it gave
        given: Given = self.__dict__["_given"]
        return given

    def _kept(self) -> Given | None:
        """Give what the run gave, if it has been read; None: it has not, or there is no run."""
        if self._run is None and self._pool is not None:
            return FINISHED, self._atom, None
        return self.__dict__.get("_given")

    # --- what the standard library's functions reach for ---

    @property
    def _state(self) -> str:
        run, given = self._run, self._kept()
        if run is None and given is None:
            state: str = self.__dict__["_state"]
            return state
        has_ended = "_is_settled" in self.__dict__ if self._is_watched else self._ending() != 0
        if not has_ended:
            return RUNNING if run is not None and run.running() else PENDING
        return CANCELLED_AND_NOTIFIED if self._ending() == _CANCELLED else FINISHED

    @_state.setter
    def _state(self, state: str) -> None:
        self._set_own("_state", state)

    @property
    def _result(self) -> Any:
        given = self._given_by_now()
        return given[1] if given is not None else self.__dict__.get("_result")

    @_result.setter
    def _result(self, result: Any) -> None:
        self._set_own("_result", result)

    @property
    def _exception(self) -> BaseException | None:
        given = self._given_by_now()
        return given[2] if given is not None else self.__dict__.get("_exception")

    @_exception.setter
    def _exception(self, exception: BaseException | None) -> None:
        self._set_own("_exception", exception)

    def _given_by_now(self) -> Given | None:
        run = self._run
        if run is not None:
            return self._read(run) if run.done() else None
        return self._kept()

    def _set_own(self, name: str, value: Any) -> None:
        if self._run is not None or self._kept() is not None:
            message = f"{self!r} belongs to an executor, which alone says how it ends"
            raise concurrent.futures.InvalidStateError(message)
        self.__dict__[name] = value

    def __getattr__(self, name: str) -> Any:
        if name in _MADE_LATER:
            self._materialise()
            return self.__dict__[name]
        message = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(message)

    def _materialise(self) -> None:
        """Make what is made later. By two threads at once: both ask for `_arrive`, which does no harm twice."""
        run, pool = self._run, self._pool
        is_open = False
        if run is not None and pool is not None and not run.done():
            is_open = True
            pool.call_when_done(run, self._arrive_if_free)
        own = self.__dict__
        own.setdefault("_waiters", [])
        own.setdefault("_done_callbacks", [])
        own.setdefault("_is_watched", True)
        own.setdefault("_condition", threading.Condition())  # last: who has it, has the others
        if not is_open:
            self._settle()

    def _settle(self) -> None:
        """Tell the waiters that the run has ended, if they have not been told."""
        own = self.__dict__
        with self._condition:
            if "_is_settled" in own:
                return
            own["_is_settled"] = True
            ending = self._ending()
            for waiter in self._waiters:
                if ending == _CANCELLED:
                    waiter.add_cancelled(self)
                elif ending == _VALUE:
                    waiter.add_result(self)
                else:
                    waiter.add_exception(self)
            self._condition.notify_all()

    def _ending(self) -> int:
        run, given = self._run, self._kept()
        if given is None:
            return run.ending() if run is not None else 0
        if given[2] is not None:
            return int(Ending.ERROR)
        return _VALUE if given[0] == FINISHED else _CANCELLED

    def _arrive(self) -> None:
        """Settle, and call what waits to be called."""
        with self._condition:
            callbacks = self._settled_callbacks()
        self._call_all(callbacks)

    def _arrive_if_free(self) -> bool:
        """Arrive unless somebody holds the condition; tell whether that was so.

        Ctrl-C may leave it held for ever: one that comes while `as_completed` takes the conditions of many futures. The observer
        thread, which everybody needs, must not wait for that.
        """
        condition: threading.Condition = self._condition
        if not condition.acquire(blocking=False):
            return False
        try:
            callbacks = self._settled_callbacks()
        finally:
            condition.release()
        self._call_all(callbacks)
        return True

    def _settled_callbacks(self) -> list[Callable[[Self], object]]:
        own = self.__dict__
        self._settle()
        callbacks, own["_done_callbacks"] = own["_done_callbacks"], []
        return callbacks  # type: ignore[no-any-return]

    def _call_all(self, callbacks: list[Callable[[Self], object]]) -> None:
        # User code, with no lock held.
        for callback in callbacks:
            try:
                callback(self)
            except BaseException:  # user code, in a thread that must not end by it
                _LOGGER.exception("exception calling callback for %r", self)


def _raise(error: BaseException | None) -> NoReturn:
    if error is None:
        raise concurrent.futures.CancelledError
    try:
        raise error
    finally:
        del error


def failed_future(error: BaseException) -> Future[Any]:
    """Make a future of a call that could not be submitted."""
    future: Future[Any] = Future()
    future.set_exception(error)
    return future
