"""One run of a flow: its task runner, and what it has submitted and not yet seen end.

A flow ends only when every run that it submitted has ended. It keeps the engine's handles for that, not the futures: a value
that the user has dropped is not kept alive for the flow's sake longer than it takes to notice that its run has ended.
"""

from __future__ import annotations

import functools
from _thread import allocate_lock
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from hpcflow import _absent
from hpcflow._runs import FlowFacts, new_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from uuid import UUID

    from hpcflow._native import Span
    from hpcflow.cache_policies import HashedParameters
    from hpcflow.futures import PrefectFuture, PrefectFutureList
    from hpcflow.states import State, StateType
    from hpcflow.task_runners import TaskRunner

__all__ = ["FlowRun"]


class _Run(Protocol):
    """A run of the engine, or the future of another."""

    def done(self) -> bool: ...
    def wait(self, timeout: float | None = None, /) -> object: ...
    def cancel(self) -> bool: ...


class FlowRun:
    """Know what a flow run has submitted.

    Example:
        >>> from hpcflow.futures import CompletedFuture
        >>> from hpcflow.states import Completed
        >>> from hpcflow.task_runners import InlineTaskRunner
        >>> flow_run = FlowRun("sweep", InlineTaskRunner())
        >>> flow_run.keep(CompletedFuture("train", Completed(data=1)))
        >>> flow_run.wait()
        >>> flow_run.open_count()
        0
    """

    def __init__(
        self,
        flow_name: str,
        runner: TaskRunner | None,  # None: it is elsewhere, and this is what is known of it
        *,
        facts: FlowFacts | None = None,
        parameters_of: Callable[[], dict[str, Any]] | None = None,
    ) -> None:
        self.runner: Any = runner
        self.facts = facts or FlowFacts(new_id(), flow_name, flow_name)
        self._parameters_of = parameters_of
        self._guard = allocate_lock()  # of the next: tasks in threads submit tasks too
        self.flow: Any = None  # the Flow
        self.run_count = self.facts.run_count
        self.state: State[Any] | None = None
        self._runs: deque[_Run] = deque()
        self._spans: list[Span] = []  # of maps

    @property
    def flow_run_id(self) -> UUID:
        """Give its id."""
        import uuid  # lazy: few ask

        return uuid.UUID(self.facts.flow_run_id)

    @property
    def id(self) -> UUID:
        """Give its id, under the name that scripts ask for."""
        return self.flow_run_id

    @property
    def name(self) -> str:
        """Give its name."""
        return self.facts.flow_run_name

    @property
    def state_name(self) -> str:
        """Give the name of its state: what hooks have been told of, or else that it runs."""
        return "Running" if self.state is None else self.state.name

    @property
    def state_type(self) -> StateType:
        """Give the type of its state."""
        from hpcflow.states import StateType  # lazy: loaded long since

        return StateType.RUNNING if self.state is None else self.state.type

    @property
    def start_time(self) -> datetime:
        """Tell when it began, as far as this process knows."""
        import datetime as dt  # lazy: few ask

        return dt.datetime.fromtimestamp(self.facts.made_s, tz=dt.UTC)

    @property
    def tags(self) -> list[str]:
        """Give its tags."""
        return sorted(self.facts.tags)

    @property
    def flow_id(self) -> UUID:
        """Give an id for the flow: the same for all of its name."""
        import uuid  # lazy: few ask

        return uuid.uuid5(uuid.NAMESPACE_OID, self.facts.flow_name)

    @property
    def expected_start_time(self) -> datetime:
        """Tell when it was to begin: when it did."""
        return self.start_time

    @property
    def end_time(self) -> datetime | None:
        """Tell when it ended; None as long as it runs."""
        return self.state.timestamp if self.state is not None and self.state.is_final() else None

    @property
    def total_run_time(self) -> timedelta:
        """Tell for how long it has run."""
        import datetime as dt  # lazy: few ask

        return (self.end_time or dt.datetime.now(tz=dt.UTC)) - self.start_time

    # What only a server would know.
    deployment_id = deployment_version = parent_task_run_id = work_queue_name = None

    @property
    def flow_version(self) -> str | None:
        """Give the version that its flow was given."""
        return self.facts.flow_version

    @property
    def job_variables(self) -> dict[str, Any]:
        """Give what a deployment would have set: nothing."""
        return {}

    @functools.cached_property
    def parameters(self) -> dict[str, Any]:
        """Give its arguments by name, defaults included."""
        return {} if self._parameters_of is None else self._parameters_of()

    @functools.cached_property
    def sent_parameters(self) -> bytes:
        """Give those of its arguments that are small, encoded: what workers are told of them."""
        from hpcflow._wire import codec  # lazy: only where there are workers
        from hpcflow._wire.light import small_ones  # lazy: as above

        small = small_ones(self.parameters)
        try:
            return codec.encode_in_band(small) if small else b""
        except Exception:  # noqa: BLE001 - whatever pickling raises: tasks do without them
            return b""

    @functools.cached_property
    def hashed_parameters(self) -> HashedParameters:
        """Give the digest of its arguments, for cache keys."""
        from hpcflow.cache_policies import HashedParameters  # lazy: few ask

        return HashedParameters(self.parameters)

    def forget_parameters(self) -> None:
        """Let go of its arguments: it has ended, and tasks that it submitted may remember it."""
        self._parameters_of = None
        self.__dict__.pop("parameters", None)

    # --- keeping ---

    def keep(self, future: PrefectFuture[Any]) -> None:
        """Wait for this future's run before the flow ends."""
        with self._guard:
            runs = self._runs
            runs.append(future.kept)
            try:
                # Two old ones are looked at for each new one, so that what has ended goes sooner than it comes.
                if not (oldest := runs.popleft()).done():
                    runs.append(oldest)
                if not (oldest := runs.popleft()).done():
                    runs.append(oldest)
            except IndexError:
                return  # there are no two

    def keep_all(self, futures: PrefectFutureList[Any]) -> None:
        """Wait for these futures' runs before the flow ends."""
        span = getattr(futures, "span", None)
        if span is None:
            with self._guard:
                self._runs.extend(future.kept for future in futures)
            return
        self._spans = [known for known in self._spans if known.open()]
        self._spans.append(span)

    # --- the end ---

    def wait(self) -> None:
        """Wait until all that was submitted has ended."""
        # Not taken out before it has ended: an interrupt must find it.
        while self._spans:
            self._spans[0].wait(None)
            self._spans.pop(0)
        while True:
            with self._guard:
                oldest = self._runs[0] if self._runs else None
            if oldest is None:
                return
            oldest.wait(None)
            with self._guard:
                if self._runs and self._runs[0] is oldest:
                    self._runs.popleft()

    def open_count(self) -> int:
        """Tell how many runs have not ended."""
        return sum(not run.done() for run in list(self._runs)) + sum(span.open() for span in self._spans)

    def cancel(self) -> int:
        """Take back every run that has not begun; tell how many."""
        count = sum(run.cancel() for run in list(self._runs) if not run.done())
        for span in self._spans:
            count += sum(span.run(item).cancel() for item in range(len(span))) if span.open() else 0
        return count

    def time_out(self) -> None:
        """Do what the end of a flow's time asks: cancel what has not begun. What runs is waited for, and that is told."""
        cancelled = self.cancel()
        running = self.open_count()
        if running:
            self._warn(
                "Flow %r exceeded its timeout: %s not begun and cancelled, %s running and waited for.",
                *(self.facts.flow_name, cancelled, running),
            )

    def interrupt(self) -> None:
        """Do what Ctrl-C asks: cancel what has not begun and wait for the rest; kill that too, when asked again."""
        try:
            cancelled = self.cancel()
            running = self.open_count()
            if running or cancelled:
                self._warn(
                    "Flow %r was interrupted: %s not begun and cancelled, %s running and waited for. "
                    "Interrupt again to kill those that run.",
                    *(self.facts.flow_name, cancelled, running),
                )
            self.wait()
        except KeyboardInterrupt:
            self._warn("Flow %r was interrupted again: %s running and killed.", self.facts.flow_name, self.open_count())
            self.runner.kill()
            self.wait()  # ended by the kill

    def _warn(self, message: str, *details: object) -> None:
        import logging  # lazy: only for this

        facts = self.facts
        extra = {"flow_run_name": facts.flow_run_name, "flow_run_id": str(self.id), "flow_name": facts.flow_name}
        logging.getLogger("hpcflow.flow_runs").warning(message, *details, extra=extra)


if not TYPE_CHECKING:  # or any name would pass the type checker

    def __getattr__(name: str) -> object:
        raise _absent.refuse(__name__, name)
