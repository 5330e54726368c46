"""From calls of tasks to runs of the engine: one run, or all runs of a map as one span.

What a run waits for becomes *edges*. A future among the arguments stands in the encoded body as a number, and as a value edge
for the engine, in the same order; `wait_for` gives edges without a value. A source that is not a run of this very engine (a
run that was executed at once, a state, another runner's future) is *carried*: a run is submitted whose function gives that
value, or raises that exception, and stands in its place. So there is one kind of edge, and one rule for failures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpcflow import _native
from hpcflow._engine.run_futures import RunFuture, futures_of
from hpcflow._wire import codec
from hpcflow.annotations import BaseAnnotation, FailureAllowed, allow_failure, quote
from hpcflow.errors import UpstreamTaskError
from hpcflow.futures import PrefectFuture, not_completed
from hpcflow.states import Completed, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hpcflow._engine.pool import Pool
    from hpcflow._native import Body, Function, Run, Span
    from hpcflow._runs import Label
    from hpcflow._worker.attempt import Work

    Edge = tuple[int, Run, int]
    Upstream = tuple[int, Run, object]

_VALUE = _native.EDGE_VALUE
_ALLOWS_FAILURE = _native.EDGE_ALLOWS_FAILURE
_PICKLE = b"k"  # form_pickle of native/core/body.hpp
_EVERY_ITEM = -1

# Items of one table of a map. Workers are given items of several tables at a time, so it need not be large; below 256 the
# cost of a table begins to show.
_TABLE_ITEMS = 1024


class UnfinishedElsewhereError(Exception):
    """Say that a call waits for a run that is not of this engine, and has not ended: it is too early to submit it."""


class Sources:
    """Collect what the runs of one submit or map wait for."""

    __slots__ = ("_pool", "edges", "upstreams")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.edges: list[Edge] = []
        self.upstreams: list[Upstream] = []

    def add_values(self, item: int, found: Iterable[object]) -> None:
        """Add what stood in an encoded value, in its order."""
        for source in found:
            if isinstance(source, FailureAllowed):
                self._add(item, source.source, _VALUE | _ALLOWS_FAILURE)
            else:
                self._add(item, source, _VALUE)

    def add_waits(self, wait_for: object) -> None:
        """Add what `wait_for` names."""
        for source in futures_of(wait_for):
            flags = 0
            inner = source
            while isinstance(inner, BaseAnnotation):
                flags |= _ALLOWS_FAILURE if isinstance(inner, allow_failure) else 0
                inner = inner.unwrap()
            for future in futures_of(inner):
                if isinstance(future, PrefectFuture | State):
                    self._add(_EVERY_ITEM, future, flags)

    def _add(self, item: int, source: Any, flags: int) -> None:
        run = source.native_run if isinstance(source, RunFuture) and source.pool is self._pool else None
        if run is None:
            run = _carry(self._pool, source, allows_failure=bool(flags & _ALLOWS_FAILURE))
        self.edges.append((item, run, flags))
        self.upstreams.append((item, run, source))


def submit_run(
    pool: Pool, work: Work, label: Label, args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object
) -> tuple[Run | None, Sequence[Upstream]]:
    """Submit one run. The run is None when the engine is closing.

    Raises what pickling raises.
    """
    found: list[Any] = []
    function = pool.function(work.fn, work.plan, label)
    body = pool.body(args, kwargs, found)
    if not found and not wait_for:
        return pool.engine.submit(function, body, None, None, work.max_attempts, work.crash_delay_s), ()
    sources = Sources(pool)
    sources.add_values(0, found)
    sources.add_waits(wait_for)
    return pool.engine.submit(
        function, body, None, sources.edges, work.max_attempts, work.crash_delay_s
    ), sources.upstreams


def submit_rows(
    pool: Pool,
    work: Work,
    label: Label,
    count: int,
    columns: tuple[list[Any], ...],
    static: dict[str, Any],
    wait_for: object,
) -> tuple[Span | None, Sequence[Upstream]]:
    """Submit a run for each row of the columns, as one span; each also receives `static` by name.

    Raises what pickling raises.
    """
    sources = Sources(pool)
    function = pool.function(work.fn, work.plan, label)
    common = _common(pool, static, sources) if static else None
    sources.add_waits(wait_for)
    encode = _RowEncoder(pool, columns, sources)
    tables = [encode.table(first, min(_TABLE_ITEMS, count - first)) for first in range(0, count, _TABLE_ITEMS)]
    return _map(pool, function, work, count, tables, common, sources)


def submit_calls(
    pool: Pool, work: Work, label: Label, calls: Sequence[tuple[tuple[Any, ...], dict[str, Any]]], wait_for: object
) -> tuple[Span | None, Sequence[Upstream]]:
    """Submit a run for each of these calls, as one span: for maps whose rows are not positions of the function."""
    sources = Sources(pool)
    function = pool.function(work.fn, work.plan, label)
    sources.add_waits(wait_for)
    bodies: list[bytes | Body] = []
    for item, (args, kwargs) in enumerate(calls):
        found: list[Any] = []
        bodies.append(pool.body(args, kwargs, found))
        sources.add_values(item, found)
    tables = [
        pool.engine.pack_table(bodies[first : first + _TABLE_ITEMS]) for first in range(0, len(bodies), _TABLE_ITEMS)
    ]
    return _map(pool, function, work, len(bodies), tables, None, sources)


def _map(
    pool: Pool,
    function: Function,
    work: Work,
    count: int,
    tables: list[Body],
    common: bytes | Body | None,
    sources: Sources,
) -> tuple[Span | None, Sequence[Upstream]]:
    edges = sources.edges or None
    span = pool.engine.map(function, count, tables, _TABLE_ITEMS, common, edges, work.max_attempts, work.crash_delay_s)
    return span, sources.upstreams


def _common(pool: Pool, static: dict[str, Any], sources: Sources) -> bytes | Body:
    plain = _native.encode_plain(static)
    if plain is not None:
        return plain
    with codec.collect_futures() as found:
        encoded = codec.encode(static)
    sources.add_values(_EVERY_ITEM, found)
    return pool.engine.pack(encoded.data, encoded.buffers) if encoded.buffers else _PICKLE + encoded.data


class _RowEncoder:
    """Encode rows of a map: natively where all of a table's values are plain, else one by one."""

    def __init__(self, pool: Pool, columns: tuple[list[Any], ...], sources: Sources) -> None:
        self._pool = pool
        self._columns = columns
        self._sources = sources
        self._may_be_plain = True
        self._of_one_future: bytes | Body | None = None

    def table(self, first: int, count: int) -> Body:
        if self._may_be_plain:
            table: Body | None = self._pool.engine.pack_plain_rows(self._columns, first, count)
            if table is not None:
                return table
            # One that is not plain is seldom alone: the next tables are tried by their first row only.
            self._may_be_plain = False
        elif _native.encode_plain(tuple([column[first] for column in self._columns])) is not None:
            self._may_be_plain = True
            return self.table(first, count)
        return self._pool.engine.pack_table([self._body(item) for item in range(first, first + count)])

    def _body(self, item: int) -> bytes | Body:
        row = tuple([column[item] for column in self._columns])
        if len(row) == 1 and type(row[0]) is RunFuture:
            # A map over a map: the rows' bytes say "your upstream's value", all the same.
            self._sources.add_values(item, row)
            if self._of_one_future is None:
                self._of_one_future = self._pool.body(row, {}, [])
            return self._of_one_future
        found: list[Any] = []
        body = self._pool.body(row, {}, found)
        if found:
            self._sources.add_values(item, found)
        return body


# --- values that no run of this engine has ----------------------------------------------------------------------------


def _carry(pool: Pool, source: PrefectFuture[Any] | State[Any], *, allows_failure: bool) -> Run:
    """Submit a run that gives the source's value, or fails as it did."""
    if isinstance(source, PrefectFuture) and not source.done():
        raise UnfinishedElsewhereError
    state = source if isinstance(source, State) else source.state
    found: list[Any] = []
    if state.is_completed() or (allows_failure and state.is_final()):
        value = state.result_now(raise_on_failure=False)
        body = pool.body((value,), {}, found)
        if found:  # there are states within, which are meant as such; one that a worker gives is its run's state
            body = pool.body((quote(Completed(data=value)),), {}, [])
        run = pool.engine.submit(pool.function(_give), body)
    else:
        error = UpstreamTaskError(not_completed(source))
        run = pool.engine.submit(pool.function(_fail), pool.body((error,), {}, found))
    if run is None:
        pool.check_open()
        message = "the pool is closing and takes no more runs"
        raise RuntimeError(message)
    return run


def _give(value: object) -> object:
    return value


def _fail(error: BaseException) -> object:
    raise error
