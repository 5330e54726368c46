"""Generators of flows and tasks, run step by step within their run: for `_flow_bodies` and `_task_generators`.

Between two steps the caller's code has its turn. It belongs to its own run, and counts towards nobody's time limit.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import ContextVar


class Steps:
    """Have each step belong to a run, and all steps together keep to its time limit.

    Example:
        >>> from contextvars import ContextVar
        >>> current = ContextVar("current", default=None)
        >>> Steps(current, "the run", None, TimeoutError).step(current.get), current.get()
        ('the run', None)
    """

    def __init__(
        self, current: ContextVar[Any], run: object, limit_s: float | None, limit_error: type[TimeoutError]
    ) -> None:
        self._current = current
        self._run = run
        self._limit_s = limit_s
        self._limit_error = limit_error
        self._left_s = limit_s or 0.0

    def step(self, take: Callable[[], Any]) -> Any:
        """Take a step."""
        before = self._current.set(self._run)
        try:
            return take() if self._limit_s is None else self._within(self._limit_s, take)
        finally:
            self._current.reset(before)

    async def async_step(self, take: Callable[[], Any]) -> Any:
        """Take a step of an async generator."""
        before = self._current.set(self._run)
        try:
            if self._limit_s is None:
                return await take()
            from hpcflow._worker.time_limit import await_within  # lazy: few have a limit

            began_s = time.monotonic()
            try:
                return await await_within(max(self._left_s, 1e-3), take(), self._limit_error)
            finally:
                self._left_s -= time.monotonic() - began_s
        finally:
            self._current.reset(before)

    def _within(self, limit_s: float, take: Callable[[], Any]) -> Any:
        from hpcflow._worker.time_limit import call_within  # lazy: few have a limit

        began_s = time.monotonic()
        try:
            return call_within(max(self._left_s, 1e-3), take, self._limit_error, said_s=limit_s)
        finally:
            self._left_s -= time.monotonic() - began_s
