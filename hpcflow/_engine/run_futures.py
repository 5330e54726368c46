"""The futures of the engine: of one run, and lazily of all runs of a map.

On the path of every submit and every result, so they hold as little as can be: the native run, and the `Origin` that all runs
of one submit or map share. Ids, names and states are made when they are asked for, since few are.

A map's list makes its futures when one of them is first asked for; `result()` and `wait()` of the list need none.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, TypeVar

from hpcflow._endings import crashed_by, failed_by
from hpcflow._engine.outcomes import Ending, Outcome, crash_facts, decoded, read_outcome, time_limit_error
from hpcflow._reporting import begun_lines, print_rests
from hpcflow._runs import TaskRun
from hpcflow._worker.attempt import ReturnedState
from hpcflow.errors import CrashedRun, DecodingError, WorkerLostError
from hpcflow.futures import PrefectFuture, PrefectFutureList, call_back, late_message, not_completed, refuse_negative
from hpcflow.states import AwaitingRetry, Cancelled, Completed, NotReady, Pending, Retrying, Running, State

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Iterator, Sequence
    from typing import SupportsIndex
    from uuid import UUID

    from hpcflow._engine.pool import Pool
    from hpcflow._native import Run, Span
    from hpcflow._runs import Label

R = TypeVar("R")

_UNREAD: Any = object()
_VALUE = int(Ending.VALUE)


class Origin:
    """What the runs of one submit or map have in common."""

    __slots__ = ("label", "limit_s", "max_attempts", "parameters_of", "pool", "reporter", "upstreams", "watched")

    def __init__(self, pool: Pool | None, label: Label, max_attempts: int, limit_s: float | None = None) -> None:
        self.pool: Any = pool  # None: none has taken a run yet
        self.label = label
        self.max_attempts = max_attempts
        self.limit_s = limit_s  # on the time of each attempt
        self.reporter: Any = None  # None: nobody wants to know how they end
        self.watched: deque[Run] | None = None  # the reporter's: those of its runs whose ends are to be told
        # The arguments of an item's run by name, where they are wanted after the submit: for the run's own name, say.
        self.parameters_of: Callable[[int], dict[str, Any]] | None = None
        # What runs wait for: (item or -1, the engine's run, the future or state that the user knows it by).
        self.upstreams: Sequence[tuple[int, Run, object]] = ()

    def tell_upstream(self, item: int, identity: tuple[int, int]) -> str:
        """Say that the upstream with this identity did not complete."""
        for of_item, run, source in self.upstreams:
            if of_item in (-1, item) and run.identity() == identity:
                return not_completed(source)
        return not_completed("unknown")


class RunFuture(PrefectFuture[R]):
    """Stand for a run of the engine."""

    __slots__ = ("_item", "_origin", "_run", "_state", "_task_run", "_value")

    def __init__(self, run: Run, origin: Origin, item: int = 0) -> None:
        # Only what every submit needs: the other slots are set when they are first asked for.
        self._run = run
        self._origin = origin
        self._item = item  # its place in its map
        self._value: Any = _UNREAD

    # --- what it is ---

    @property
    def task_run_id(self) -> UUID:
        """Give the run's id."""
        return self.task_run.id

    @property
    def name(self) -> str:
        """Give the run's name."""
        return self.task_run.name

    @property
    def task_run(self) -> TaskRun:
        """Give what is known of the run."""
        try:
            return self._task_run
        except AttributeError:
            origin, item = self._origin, self._item
            parameters_of = origin.parameters_of
            self._task_run: TaskRun = TaskRun(
                origin.label,
                origin.pool.id_key,
                self._run.number(),
                parameters_of=None if parameters_of is None else lambda: parameters_of(item),
            )
            return self._task_run

    @property
    def native_run(self) -> Run:
        """Give the engine's run."""
        return self._run

    @property
    def pool(self) -> Pool:
        """Give the pool that it runs on."""
        pool: Pool = self._origin.pool
        return pool

    # --- waiting, and what it gave ---

    def done(self) -> bool:
        """Tell whether the run has ended."""
        return self._run.done()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the run has ended or the timeout, in seconds, has passed."""
        if not self._run.done():
            self._run.wait(timeout)
            self._hear(was_done=False)

    def _hear(self, *, was_done: bool) -> None:
        """Have delivered what the run told before its end."""
        origin = self._origin
        records = origin.pool.records
        if not was_done or origin.label.tells_prints:
            records.drain()  # of prints the very last one counts: the program may look at them next
            if begun_lines and self._run.done():
                print_rests(origin.pool.id_key, self._run.number())
        elif records.has_told or origin.label.log_prints:
            records.catch_up()  # the reader's thread will have delivered what runs told that ended a while ago

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """Wait for the run and give its value, or raise its exception."""
        value = self._value
        if value is _UNREAD:
            run = self._run
            was_done = run.done()
            if not was_done and not run.wait(timeout):
                message = f"Task run {self.task_run_id} did not complete within {timeout} seconds"
                raise TimeoutError(message)
            self._hear(was_done=was_done)
            ending, is_plain, value, views = run.outcome()
            if ending == _VALUE and not is_plain:
                value = self._decoded(value, views)
            if ending != _VALUE or value is _UNREAD or isinstance(value, State):
                value = self.state.result_now(raise_on_failure=raise_on_failure)
                if not self.state.is_completed():
                    return value  # the exception, as asked
            self._value = value
        return value  # type: ignore[no-any-return]

    def _decoded(self, value: Any, views: list[Any] | None) -> Any:
        try:
            return decoded(value, views)
        except DecodingError:
            return _UNREAD  # the state says so, once it has tried again

    @property
    def state(self) -> State[R]:
        """Tell what the run is in now."""
        try:
            return self._state
        except AttributeError:
            run = self._run
        if not run.done():
            return State.of_run(_unfinished(run), self.task_run)
        self._state: State[R] = self._final_state()
        return self._state

    def _final_state(self) -> State[R]:
        owner = self.task_run  # not this future: the two would keep each other, and a large value, until a collection
        try:
            outcome = read_outcome(self._run) if self._value is _UNREAD else Outcome(Ending.VALUE, self._value)
        except DecodingError as error:
            return State.of_run(failed_by(error), owner)
        ending, payload = outcome
        if ending == Ending.VALUE:
            made = payload if isinstance(payload, State) else None  # by the task, by hand: the run ends in it
            return State.of_run(made or Completed(), owner, data=payload if made is None else made.data)
        if isinstance(payload, ReturnedState):
            return State.of_run(payload.state, owner)
        if ending == Ending.ERROR:
            return State.of_run(failed_by(payload, limit_s=self._origin.limit_s), owner)
        if ending == Ending.CANCELLED:
            return State.of_run(Cancelled(), owner)
        if ending == Ending.UPSTREAM:
            message = self._origin.tell_upstream(self._item, payload)
            return State.of_run(NotReady(message=message), owner)
        if (late := time_limit_error(payload, self._origin.limit_s)) is not None:
            return State.of_run(failed_by(late, limit_s=self._origin.limit_s), owner)
        return State.of_run(crashed_by(self._crash(payload)), owner)

    def _crash(self, why: Any) -> CrashedRun:
        if not isinstance(why, tuple):
            return CrashedRun(f"{self.name} ended with its pool: {why or 'it was closed at once'}")
        pool = self._origin.pool
        cores = tuple(sorted(pool.places[why[0]])) if why[0] < len(pool.places) else ()
        return WorkerLostError(
            crash_facts(why, run_name=self.name, max_attempts=self._origin.max_attempts, cores=cores)
        )

    # --- the rest ---

    def cancel(self) -> bool:
        """Take the run back; True when it had not begun and never will."""
        return self._run.cancel()

    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], object]) -> None:
        """Have `fn` called with this future once the run has ended; at once if it has."""
        if self._run.done():
            fn(self)
        else:
            self._origin.pool.call_when_done(self._run, lambda: call_back(fn, self))


def _unfinished(run: Run) -> State[Any]:
    """Make the state of a run that has not ended; a new attempt is known by its number."""
    is_again = run.attempt() > 1
    if run.running():
        return Retrying() if is_again else Running()
    return AwaitingRetry() if is_again else Pending()


# What `type(future)` says to scripts, which know one class of futures for threads and processes.
RunFuture.__name__ = RunFuture.__qualname__ = "PrefectConcurrentFuture"


class RunFutureList(PrefectFutureList[R]):
    """Stand for all runs of a map.

    A real list that is filled when it is first looked into. `_span` is the engine's own handle on all runs, until somebody
    changes the list: then it is a list of futures like any other.
    """

    def __init__(self, span: Span, origin: Origin) -> None:
        super().__init__()
        self._span: Span | None = span
        self._origin = origin
        self._is_filled = False

    @property
    def span(self) -> Span | None:
        """Give the engine's handle on exactly these runs, or None when the list was changed."""
        return self._span

    def _fill(self) -> None:
        if self._is_filled or self._span is None:
            return
        self._is_filled = True
        items = range(len(self._span))
        super().extend(map(RunFuture, map(self._span.run, items), itertools.repeat(self._origin), items))

    def wait(self, timeout: float | None = None) -> None:
        """Wait until all runs have ended or the timeout, in seconds, has passed."""
        if self._span is None or (timeout is not None and timeout < 0):
            super().wait(timeout)
        else:
            self._span.wait(timeout)
            self._hear()

    def _hear(self) -> None:
        self._origin.pool.records.drain()
        if self._origin.label.tells_prints:
            print_rests()

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> list[R]:
        """Wait for all runs and give their values in order; raise the first failure in time."""
        refuse_negative(timeout)
        span = self._span
        if span is None:
            return super().result(timeout, raise_on_failure)
        ended = span.wait(timeout, raise_on_failure)
        self._hear()
        if raise_on_failure and span.failed():
            self[span.first_failure()].result()
        if not ended:
            raise TimeoutError(late_message(timeout))
        values: list[R]
        values, others = span.plain_values(None)
        for item in others:
            values[item] = self[item].result(raise_on_failure=raise_on_failure)
        return values

    # --- a list that fills itself ---

    def __len__(self) -> int:
        return len(self._span) if self._span is not None and not self._is_filled else super().__len__()

    def __radd__(self, other: Any) -> Any:
        # Python asks this before it lets `other`, a list, read our memory: so that it finds it filled.
        self._fill()
        return NotImplemented

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        self._fill()
        return self.__reduce__()


def _filled_first(name: str, *, changes: bool) -> Any:
    plain = getattr(list, name)

    def method(self: RunFutureList[Any], *args: Any, **kwargs: Any) -> Any:
        self._fill()
        for other in args:
            if isinstance(other, RunFutureList):
                other._fill()  # noqa: SLF001 - its own class: `plain` reads the memory of this one, too
        if changes:
            self._span = None
        return plain(self, *args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"RunFutureList.{name}"
    method.__doc__ = plain.__doc__
    return method


# As its user knows it.
RunFutureList.__name__ = RunFutureList.__qualname__ = "PrefectFutureList"

# What reads a list, and what changes it. `list`'s own methods read its memory, which may not be filled yet.
_READS = (
    *("__iter__", "__reversed__", "__getitem__", "__contains__", "__add__", "__mul__", "__rmul__", "__repr__"),
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "index", "count", "copy"),
)
_CHANGES = (
    *("__setitem__", "__delitem__", "__iadd__", "__imul__"),
    *("append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse"),
)
for _name in _READS:
    setattr(RunFutureList, _name, _filled_first(_name, changes=False))
for _name in _CHANGES:
    setattr(RunFutureList, _name, _filled_first(_name, changes=True))


def futures_of(source: object) -> Iterator[Any]:
    """Give the futures that `wait_for` names: one, or any that stand in lists, tuples and sets."""
    if isinstance(source, list | tuple | set | frozenset):
        for part in source:
            yield from futures_of(part)
    elif isinstance(source, dict):
        for part in source.values():
            yield from futures_of(part)
    elif source is not None:
        yield source
