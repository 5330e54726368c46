"""The executor's map: many runs of one function, submitted at once and read lazily, each with an outcome of its own.

The items go to the engine in *spans*, each a table of encoded arguments, which cost a fraction of as many submits. Spans grow:
the first are one item, so that workers start at once and a few large items are not tied together (a span's memory goes when
its last result has been read), the later ones thousands, so that the cost of each is nothing.

Reading takes results in order. What is there is taken in bulk, without a look at each item's own run where the values are
plain. A reader that has caught up with the workers sleeps until the next result is there, and if results come fast, a little
longer: it would take the processor from them, and every wake-up costs them one.
"""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from concurrent.futures._base import FINISHED
from typing import TYPE_CHECKING, Any

from hpcflow._engine.executor_future import read_given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hpcflow._engine.pool import Pool
    from hpcflow._native import Body, Run, Span

# Items of the largest span. Larger ones gain nothing measurable; smaller ones begin to show below 500.
_SPAN_ITEMS_MOST = 2048
# The next span's items, as part of those submitted so far.
_GROWTH = 8
# Arguments that are pickled in band in one span: a table of them is one piece of memory.
_TABLE_BYTES_MOST = 32 * 1024 * 1024
# A reader that has caught up sleeps for this part of the time that the map has taken so far, at most this long.
_NAP_PART = 8
_NAP_S_MOST = 0.002


class Refused:
    """Stand for an item whose arguments cannot be encoded; what comes before it is still given."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


def submit_items(pool: Pool, fn: Callable[..., Any], columns: Sequence[list[Any]]) -> list[Span | Refused] | None:
    """Submit one run for each row of the columns, which are of equal length; None when the engine is closing.

    An item that cannot be encoded does not keep the others from running.
    """
    count = len(columns[0])
    parts: list[Span | Refused] = []
    try:
        function = pool.function(fn)
    except Exception as error:  # noqa: BLE001 - what pickling raised is the outcome of the first item
        return [Refused(error)]
    first = 0
    while first < count:
        wanted = min(max(1, first // _GROWTH), _SPAN_ITEMS_MOST, count - first)
        table, taken, refused = _encode(pool, columns, first, wanted)
        if table is not None:
            span = pool.engine.map(function, taken, [table], taken)
            if span is None:
                return None
            parts.append(span)
        if refused is not None:
            parts.append(refused)
            taken += 1
        first += taken
    return parts


def _encode(
    pool: Pool, columns: Sequence[list[Any]], first: int, wanted: int
) -> tuple[Body | None, int, Refused | None]:
    """Encode up to `wanted` rows: their table, their number, and the next row's error if that is where it stopped."""
    table: Body | None = pool.engine.pack_plain_rows(tuple(columns), first, wanted)
    if table is not None:
        return table, wanted, None
    bodies: list[bytes | Body] = []
    found: list[Any] = []
    refused = None
    table_bytes = 0
    for row in range(first, first + wanted):
        try:
            body = pool.body(tuple([column[row] for column in columns]), {}, found)
            refuse_futures(found)
        except Exception as error:  # noqa: BLE001 - what pickling raised is the outcome of this item
            refused = Refused(error)
            break
        bodies.append(body)
        table_bytes += len(body) if isinstance(body, bytes) else 0
        if table_bytes > _TABLE_BYTES_MOST:
            break
    return (pool.engine.pack_table(bodies) if bodies else None), len(bodies), refused


def refuse_futures(found: list[Any]) -> None:
    """Raise if futures of tasks stand in the arguments: an executor does not wait for them."""
    if found:
        message = f"{found[0]!r} is a task's future: take its result() first, or submit a task instead of a function"
        raise TypeError(message)


class Results:
    """Read what the items of a map gave, in order. Each value is handed over and forgotten."""

    def __init__(self, pool: Pool, parts: list[Span | Refused], name: str, deadline: float | None) -> None:
        self._pool = pool
        self._parts = parts
        self._name = name
        self._deadline = deadline
        self._began = time.monotonic()
        self._caught_up = 0.0

    def read(self) -> Iterator[Any]:
        """Yield the values. What has not begun is cancelled when an item failed, in time or otherwise, and when closed."""
        parts = self._parts
        parts.reverse()
        try:
            while parts:
                part = parts[-1]
                if isinstance(part, Refused):
                    raise part.error
                yield from self._read_span(part)
                del part
                parts.pop()
        finally:
            for part in parts:
                if not isinstance(part, Refused):
                    _cancel(part)
            parts.clear()

    def _read_span(self, span: Span) -> Iterator[Any]:
        count = len(span)
        has_values = True
        item = 0
        while item < count:
            if has_values and span.open() == 0:
                values, others = span.plain_values(None)
                if not others:
                    del values[:item]
                    values.reverse()
                    while values:
                        yield values.pop()
                    return
                has_values = False
                del values
            run = span.run(item)
            if not run.done():
                self._wait(span, run)
                continue
            yield self._take(run)
            item += 1

    def _wait(self, span: Span, run: Run) -> None:
        left_s = None if self._deadline is None else self._deadline - time.monotonic()
        if not run.wait(left_s):
            raise TimeoutError
        now = time.monotonic()
        nap_s = min((now - self._began) / _NAP_PART, _NAP_S_MOST)
        if now - self._caught_up < nap_s:
            span.wait(nap_s)
        self._caught_up = now

    def _take(self, run: Run) -> Any:
        state, value, error = read_given(run, self._pool, self._name)
        if state != FINISHED:
            raise CancelledError
        if error is None:
            return value
        try:
            raise error
        finally:
            del error, self


def _cancel(span: Span) -> None:
    if span.open() == 0:
        return
    # From the end: away from where the workers are.
    for item in range(len(span) - 1, -1, -1):
        span.run(item).cancel()
