"""Runs on Dask: futures, and the crew that sends attempts to the cluster and takes their ends.

What workers do, and how it is known whom a dead one took along, is in `_on_dask.py`.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any, TypeVar

from hpcflow._endings import crashed_by, failed_by
from hpcflow._named_tuples import NamedTuple
from hpcflow._runs import new_key
from hpcflow._wire import codec
from hpcflow._wire.walk import replaced
from hpcflow._worker.attempt import PLAIN, sent_flow_parameters
from hpcflow.annotations import BaseAnnotation, FailureAllowed, allow_failure, quote
from hpcflow.errors import CrashedRun, EngineForkedError, UpstreamTaskError
from hpcflow.futures import PrefectFuture, not_completed
from hpcflow.states import Cancelled, Completed, NotReady, State
from hpcflow.task_runners import _on_dask
from hpcflow.task_runners._dask_cluster import PLACED_MIN_BYTES, ClusterOptions, Session
from hpcflow.task_runners._tracked import FORKED, Call, OpenRuns, TrackedFuture, unfinished_upstreams, when_ended

R = TypeVar("R")

# Dask gives up a task when its worker has died four times, also one that was only waiting there. Such a one is submitted again, but a
# call that kills its worker while it is still being unpacked looks the same.
_INNOCENT_MOST = 3


class Shared(NamedTuple):
    """The arguments that all runs of a map have, where they are large: they go to the cluster once."""

    names: frozenset[str]
    body: Any
    found: list[Any]  # the upstreams within


class DaskFuture(TrackedFuture[R]):
    """Stand for a run on Dask."""

    __slots__ = ("_crew", "body", "claim_path", "innocent_count", "key", "shared", "wrapped_future")

    def __init__(self, call: Call, crew: DaskCrew) -> None:
        super().__init__(call, crew.open_runs)
        self._crew = crew
        self.key = new_key()
        self.task_run._key = self.key  # noqa: SLF001 - so that the worker makes the same id of it
        self.claim_path = ""  # of the attempt that Dask has now; empty: it has none, or claims are not known here
        self.innocent_count = 0
        self.body: Any = None  # Dask's future of it, if it is large: Dask must not forget it while it may need it again
        self.shared: Shared | None = None
        self.wrapped_future: Any = None  # Dask's, of the last attempt

    @property
    def state(self) -> State[R]:
        """Tell what the run is in now."""
        attempt, claim_path = self.task_run.run_count, self.claim_path
        if claim_path and not self.done() and _on_dask.is_claimed(claim_path):
            self.begin(attempt)
        return super().state

    @property
    def has_value_on_dask(self) -> bool:
        """Tell whether Dask's future gives the run's value."""
        return self.done() and self._state.is_completed() and self.wrapped_future is not None

    def is_of(self, crew: DaskCrew) -> bool:
        """Tell whether it is a run of this crew: its value is on the same cluster."""
        return self._crew is crew

    @property
    def is_value_away(self) -> bool:
        """Tell whether the value is on the cluster, and not here too."""
        return self.has_value_on_dask and self._state.reads_later

    def take_value(self, value: R) -> None:
        """Have the value here."""
        State.of_run(self._state, self.task_run, data=value)

    def fetch(self) -> None:
        """Have the value here, or whoever asks for it told why not."""
        try:
            _ = self._state.data
        except Exception:  # noqa: BLE001 - as said
            return

    def cancel(self) -> bool:
        """Take the run back; True when it had not begun and never will. Elsewhere than on this machine, Dask may have begun it."""
        if self.claim_path and _on_dask.claim(self.claim_path, _on_dask.CANCELLED) is not None:
            return False
        if not self.end(Cancelled(), only_unbegun=True):
            return False
        self._crew.forget(self)
        return True


DaskFuture.__name__ = DaskFuture.__qualname__ = "PrefectDaskFuture"  # what `type(future)` says to scripts


class DaskCrew:
    """The runs of a runner, from its entering to its leaving."""

    def __init__(self, options: ClusterOptions) -> None:
        self.open_runs = OpenRuns()
        self._options = options
        self._session: Session | None = None
        self._starting = threading.Lock()
        self._futures: weakref.WeakValueDictionary[tuple[int, int], DaskFuture[Any]] = weakref.WeakValueDictionary()
        self._is_closing = False
        if options.performance_report_path:
            _ = self.session  # Dask's report is of what happens from now on

    @property
    def session(self) -> Session:
        """Give the cluster and the client; started now, if they are not yet."""
        with self._starting:
            if self._session is None:
                self._session = Session(self._options, self._take_begun)
            if not self._session.is_ours:
                raise EngineForkedError(FORKED)
            return self._session

    def share(self, static: dict[str, Any]) -> Shared | None:
        """Send arguments that many runs have; None where they are small, and better off with each."""
        found: list[Any] = []
        encoded = codec.encode_call((), static, found)
        if len(encoded.data) < PLACED_MIN_BYTES and not encoded.buffers:
            return None
        return Shared(frozenset(static), self.session.placed(encoded), found)

    def submit(self, call: Call, shared: Shared | None = None) -> DaskFuture[Any]:
        """Take a call."""
        _ = self.session  # what cannot be started is the caller's error
        future: DaskFuture[Any] = DaskFuture(call, self)
        future.shared = shared
        self._futures[future.key] = future
        when_ended(unfinished_upstreams(call.args, call.kwargs, call.wait_for), lambda: self._send(future))
        return future

    def close(self, *, cancels: bool) -> None:
        """Wait for all runs, and leave the cluster."""
        if cancels:
            self.open_runs.cancel()
        try:
            self.open_runs.drain()
            self._fetch_all()
        except KeyboardInterrupt:
            self.kill()
            raise
        finally:
            self._is_closing = True
            if self._session is not None:
                self._session.close()

    def _fetch_all(self) -> None:
        """Have the values of living futures here, whatever becomes of the cluster."""
        futures = [future for future in list(self._futures.values()) if future.is_value_away]
        if not futures:
            return
        try:
            values = self.session.client.gather([future.wrapped_future for future in futures])
        except Exception:  # noqa: BLE001 - one that is lost, or cannot be unpickled here, is the trouble of its own future
            for future in futures:
                future.fetch()
        else:
            for future, value in zip(futures, values, strict=True):
                future.take_value(value)

    def kill(self) -> None:
        """End all runs."""
        self._is_closing = True
        for future in list(self.open_runs):
            future.end(crashed_by(KeyboardInterrupt()))
        if self._session is not None:
            self._session.close()

    def forget(self, future: DaskFuture[Any]) -> None:
        """Have Dask drop what it has of a run."""
        if future.wrapped_future is not None and not self._is_closing:
            future.wrapped_future.cancel()

    # --- an attempt on its way ---

    def _send(self, future: DaskFuture[Any]) -> None:
        if future.done():
            return
        try:
            refusal = _refusal_by(future.call.wait_for, future.call.args, future.call.kwargs)
            if refusal is not None:
                future.end(NotReady(message=refusal))
                return
            self._send_attempt(future)
        except Exception as error:  # noqa: BLE001 - pickling raises what it likes; the state carries it
            future.end(failed_by(error))

    def _send_attempt(self, future: DaskFuture[Any]) -> None:
        call, session, run = future.call, self.session, future.task_run
        found: list[Any] = []
        shared = future.shared
        kwargs = call.kwargs
        if shared is not None:
            kwargs = {name: value for name, value in kwargs.items() if name not in shared.names}
        body = session.placed(codec.encode_call((call.task, call.args), kwargs, found))
        values = [self._value_of(source) for source in found]
        attempt = f"{run.id.hex}-{run.run_count}"
        claim_path = session.claim_path(f"{attempt}-{future.innocent_count}")
        plan = call.context.run(getattr, call.task, "work").plan or PLAIN
        parameters = call.context.run(sent_flow_parameters, run.label)
        ticket = _on_dask.Ticket(run.label, future.key, run.run_count, claim_path, session.key, plan, parameters)
        future.body = body
        future.wrapped_future = session.client.submit(
            *(_on_dask.execute, ticket, body, values),
            *((None, []) if shared is None else (shared.body, [self._value_of(source) for source in shared.found])),
            key=f"{call.task.name}-{attempt}-{future.innocent_count}",
            pure=False,
        )
        future.claim_path = claim_path
        if future.done():  # cancelled meanwhile
            self.forget(future)
            return
        future.wrapped_future.add_done_callback(lambda ended: self._take_end(future, ended))

    def _value_of(self, source: Any) -> Any:
        if isinstance(source, FailureAllowed):
            source = source.source
        if isinstance(source, DaskFuture) and source.has_value_on_dask and source.is_of(self):
            return source.wrapped_future
        state = source.state if isinstance(source, PrefectFuture) else source
        return state.result_now(raise_on_failure=False)

    def _take_begun(self, key: tuple[int, int], run_count: int) -> None:
        future = self._futures.get(key)
        if future is not None:
            future.begin(run_count)

    # --- an attempt's end: in Dask's thread for callbacks ---

    def _take_end(self, future: DaskFuture[Any], ended: Any) -> None:
        if future.done() or ended is not future.wrapped_future:
            return
        try:
            if ended.status != "finished":
                self._take_loss(future, ended)
            elif _is_plain(ended.type):
                future.end(Completed(), load=lambda: _fetched(ended))
            else:
                self._take_ended(future, ended.result())
        except BaseException as error:  # noqa: BLE001 - the cluster has gone meanwhile
            future.end(crashed_by(error))

    def _take_ended(self, future: DaskFuture[Any], value: Any) -> None:
        if not isinstance(value, _on_dask.Ended):  # a value of a type that is not known here
            future.end(Completed(data=value) if value is not None else Completed(), load=lambda: value)
        elif value.again_after_s is not None:
            self._send_again(future, value.again_after_s)
        elif value.lost is not None:
            self._lose(future, f"Dask worker {value.lost or 'unknown'} died")
        elif value.state is not None:
            future.wrapped_future = None  # its value is in the state
            future.end(_on_dask.assembled(value.state))

    def _take_loss(self, future: DaskFuture[Any], ended: Any) -> None:
        error = ended.exception() if ended.status == "error" else None
        if error is None:
            future.end(
                crashed_by(CrashedRun(f"{future.name} ended with its Dask cluster: Dask calls it {ended.status}."))
            )
        elif type(error).__name__ != "KilledWorker":
            future.end(crashed_by(error))
        elif (
            future.claim_path and not _on_dask.is_claimed(future.claim_path) and future.innocent_count < _INNOCENT_MOST
        ):
            future.innocent_count += 1
            self._send(future)
        else:
            self._lose(future, f"Dask worker {error.last_worker.address} died, as others before it,")

    def _lose(self, future: DaskFuture[Any], who: str) -> None:
        run, most = future.task_run, future.call.task.work.max_attempts
        if run.run_count < most:
            self._send_again(future, 0.0)
            return
        words = f"{who} while running {run.name}, attempt {run.run_count} of {most}."
        future.end(crashed_by(CrashedRun(f"{words} Its log or stderr may tell why.")))

    def _send_again(self, future: DaskFuture[Any], delay_s: float) -> None:
        future.claim_path = ""
        future.innocent_count = 0
        future.retry_later(delay_s, lambda: self._send(future))


def _is_plain(kind: Any) -> bool:
    return isinstance(kind, type) and not issubclass(kind, _on_dask.Ended)


def _fetched(ended: Any) -> Any:
    try:
        return ended.result()
    except Exception as error:
        message = f"the value was lost with its Dask cluster: {type(error).__name__}: {error}"
        raise CrashedRun(message) from error


def _refusal_by(wait_for: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """Tell which upstream keeps a call from running, in the words of its state."""

    def visit(part: Any, *, allows_failure: bool = False) -> Any:
        if isinstance(part, quote):
            return None
        if isinstance(part, allow_failure):
            replaced(part.unwrap(), lambda inner: visit(inner, allows_failure=True))
            return None
        if isinstance(part, BaseAnnotation):
            replaced(part.unwrap(), visit)
            return None
        if not isinstance(part, PrefectFuture | State):
            return part
        state = part if isinstance(part, State) else part.state
        if not state.is_completed() and not (allows_failure and state.is_final()):
            raise UpstreamTaskError(not_completed(part))
        return None

    try:
        for value in (wait_for, args, kwargs):
            replaced(value, visit)
    except UpstreamTaskError as error:
        return str(error)
    return None
