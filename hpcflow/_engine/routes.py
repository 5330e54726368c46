"""The way that a task's last run took to the engine, for the next one to take if nothing has changed around the call.

A short task submitted in a loop spends most of its time on the way there. So what was found out for one run is kept for the next:
where it goes, how it is labelled, who watches it. What may change from call to call is looked at each time: the function's code, and
whether the arguments are plain. Where anything is otherwise, `submit` gives None, and the long way (`admission`) is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpcflow import _native
from hpcflow._engine.run_futures import Origin, RunFuture

if TYPE_CHECKING:
    from hpcflow._engine.pool import Pool
    from hpcflow._native import Run
    from hpcflow._runs import FlowFacts
    from hpcflow._worker.attempt import Work

_encode_plain = _native.encode_plain


class Route:
    """Lead plain runs of one task to one pool, as long as the flow run and the tags around the call stay the same ones."""

    __slots__ = (
        "_find",
        "_fn",
        "_label",
        "_lookup",
        "_most",
        "_plan",
        "_retry_s",
        "_submit",
        "facts",
        "origin",
        "pool",
        "tags",
        "work",
    )

    def __init__(self, pool: Pool, work: Work, origin: Origin, facts: FlowFacts | None, tags: frozenset[str]) -> None:
        self.pool = pool
        self.work = work
        self.origin = origin
        self.facts = facts  # not the flow run: a task must not keep it, nor what its function refers to
        self.tags = tags
        self._lookup, self._find = pool.finders()
        self._submit = pool.engine.submit
        self._fn, self._plan, self._label = work.fn, work.plan, origin.label
        self._most, self._retry_s = work.max_attempts, work.crash_delay_s

    def submit(self, args: tuple[Any, ...]) -> RunFuture[Any] | None:
        """Submit a run with these arguments, if they are plain and the pool is open."""
        body = _encode_plain(args)
        if body is None:
            return None
        function = self._find(self._lookup(self._fn), self._plan, self._label)
        try:
            run = self._submit(function, body, None, None, self._most, self._retry_s)
        except RuntimeError:  # the engine has closed, or was forked
            return None
        return None if run is None else self.future(run)

    def future(self, run: Run) -> RunFuture[Any]:
        """Make the future of a run that was submitted so."""
        origin = self.origin
        if (reporter := origin.reporter) is not None:
            reporter.watch(run, origin)
        return RunFuture(run, origin)
