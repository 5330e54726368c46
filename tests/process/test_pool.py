"""A pool without deaths: what a run can end with, errors at the run that they belong to, closing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from hpcflow import _native
from hpcflow._engine.outcomes import Ending, read_outcome
from hpcflow._engine.pool import Pool, shared_pool
from hpcflow.errors import DecodingError, EngineClosedError, SerializationError
from tests.crash import deeds
from tests.crash.driver import (
    DEADLINE_S,
    Gate,
    call,
    error_of,
    held,
    kill,
    open_pool,
    outcome_of,
    start,
    value_of,
    wait_until,
)


@pytest.fixture
def pool() -> Pool:
    return shared_pool(1)


@pytest.fixture(autouse=True)
def _worker_lives_on(pool: Pool) -> Iterator[None]:
    """None of these tests costs a worker."""
    before = call(pool, deeds.own_pid)
    yield
    assert call(pool, deeds.own_pid) == before


# --- what a task raises -----------------------------------------------------------------------------------------------


def test_error_arrives_as_raised(pool: Pool) -> None:
    error = error_of(start(pool, deeds.raise_error, KeyError("seed", 7)))
    assert type(error) is KeyError
    assert error.args == ("seed", 7)
    assert "raise error" in error.__cause__.tb  # type: ignore[union-attr]
    assert "deeds.py" in error.__cause__.tb  # type: ignore[union-attr]


def test_chain_and_notes_arrive(pool: Pool) -> None:
    error = error_of(start(pool, deeds.raise_chained))
    assert isinstance(error, ValueError)
    assert error.__notes__ == ["seen in fold 3"]
    assert repr(error.__cause__) == "KeyError('seed')"
    text = error.__cause__.__cause__.tb  # type: ignore[union-attr]
    assert "KeyError: 'seed'" in text
    assert "direct cause" in text


def test_deep_recursion_is_an_error(pool: Pool) -> None:
    assert isinstance(error_of(start(pool, deeds.recurse)), RecursionError)


@pytest.mark.parametrize("status", [0, 3, None, "no more"])
def test_sys_exit_ends_the_run_only(pool: Pool, status: object) -> None:
    error = error_of(start(pool, deeds.exit_by_sys, status))
    assert isinstance(error, SystemExit)
    assert error.code == status


@pytest.mark.parametrize("raised", [KeyboardInterrupt("now"), GeneratorExit(), StopIteration(3), MemoryError("big")])
def test_unusual_errors_end_the_run_only(pool: Pool, raised: BaseException) -> None:
    error = error_of(start(pool, deeds.raise_error, raised))
    assert type(error) is type(raised)
    assert error.args == raised.args


def test_interrupted_worker_goes_on(pool: Pool) -> None:
    # Ctrl-C reaches every process of the terminal's group: it is the parent's affair.
    with held(pool) as runs:
        for pid in pool.worker_ids():
            kill(pid, signal.SIGINT)
    assert [read_outcome(run) for run in runs] == [(Ending.VALUE, 0)]


# --- what cannot travel -----------------------------------------------------------------------------------------------


def test_error_that_cannot_be_pickled(pool: Pool) -> None:
    error = error_of(start(pool, deeds.raise_with_lock, "no licence"))
    assert isinstance(error, SerializationError)
    for part in ("LockHoldingError", "no licence", ".lock"):
        assert part in str(error)
    assert "raise_with_lock" in error.__cause__.tb  # type: ignore[union-attr]


def test_error_that_cannot_be_unpickled(pool: Pool) -> None:
    error = error_of(start(pool, deeds.raise_refusing_parent, "lost"))
    assert isinstance(error, SerializationError)
    for part in ("ParentRefusingError", "lost"):
        assert part in str(error)


def test_result_that_cannot_be_pickled(pool: Pool) -> None:
    error = error_of(start(pool, deeds.give_lock))
    assert isinstance(error, TypeError)
    assert "['session']" in "".join(error.__notes__)
    assert "lock" in str(error)


@pytest.mark.parametrize("raised", [ValueError("no"), RuntimeError("no"), SystemExit(4), KeyboardInterrupt()])
def test_result_that_raises_when_pickled(pool: Pool, raised: BaseException) -> None:
    error = error_of(start(pool, deeds.give_refusing_pickling, raised))
    assert type(error) is type(raised)
    assert error.args == raised.args


def test_result_that_cannot_be_unpickled(pool: Pool) -> None:
    run = start(pool, deeds.give_refusing, "parent")
    assert run.wait(DEADLINE_S)
    assert run.ending() == Ending.VALUE
    with pytest.raises(DecodingError, match="not in the parent") as caught:
        read_outcome(run)
    assert isinstance(caught.value.__cause__, ValueError)


def test_argument_that_cannot_be_pickled(pool: Pool) -> None:
    with pytest.raises(TypeError, match="lock") as caught:
        start(pool, deeds.look_at, {"session": threading.Lock()})
    assert "argument 1 -> ['session']" in "".join(caught.value.__notes__)


def test_argument_that_cannot_be_unpickled(pool: Pool) -> None:
    error = error_of(start(pool, deeds.look_at, deeds.RefusesIn("worker")))
    assert type(error) is ValueError
    assert str(error) == "not in the worker"


class Refused:
    """A callable that cannot be made anew in a worker."""

    def __reduce__(self) -> tuple[Any, ...]:
        return deeds._refuse_here, ("worker",)

    def __call__(self) -> None: ...


def test_function_that_cannot_be_unpickled(pool: Pool) -> None:
    function = Refused()
    for _ in range(2):
        assert str(error_of(start(pool, function))) == "not in the worker"


def test_only_the_bad_one_of_many_fails(pool: Pool) -> None:
    runs = [start(pool, deeds.look_at, deeds.RefusesIn("worker") if number == 7 else [number]) for number in range(20)]
    outcomes = [outcome_of(run) for run in runs]
    assert [outcome.ending for outcome in outcomes] == [
        Ending.ERROR if number == 7 else Ending.VALUE for number in range(20)
    ]


# --- waiting, cancelling, upstreams -----------------------------------------------------------------------------------


def test_wait_ends_at_its_timeout(pool: Pool) -> None:
    with held(pool) as runs:
        assert not runs[0].wait(0.0)
        assert not runs[0].wait(0.01)
        assert runs[0].running()
        assert not runs[0].done()


def test_cancel_takes_back_what_has_not_begun(pool: Pool) -> None:
    with held(pool) as runs:
        behind = [start(pool, deeds.square, number) for number in range(10)]
        assert [run.cancel() for run in behind[::2]] == [True] * 5
        assert not runs[0].cancel()
    assert [outcome_of(run).ending for run in behind] == [Ending.CANCELLED, Ending.VALUE] * 5
    assert read_outcome(runs[0]).ending == Ending.VALUE


def test_upstream_that_failed_is_named(pool: Pool) -> None:
    failing = start(pool, deeds.raise_error, ValueError("no"))
    edges = [(-1, failing, _native.EDGE_VALUE)]
    function = pool.function(deeds.look_at)
    run = pool.engine.submit(function, pool.body((), {}, []), edges=edges)
    assert run is not None
    assert outcome_of(run) == (Ending.UPSTREAM, failing.identity())


def test_callback_is_called_once(pool: Pool) -> None:
    called: list[str] = []
    with held(pool) as runs:
        pool.call_when_done(runs[0], lambda: called.append("then"))
        assert called == []
    wait_until(lambda: called == ["then"], "the callback is called")
    pool.call_when_done(runs[0], lambda: called.append("at once"))
    wait_until(lambda: called == ["then", "at once"], "the callback is called")


# --- the end of a pool ------------------------------------------------------------------------------------------------


def test_closing_completes_what_was_submitted() -> None:
    with open_pool(1) as pool, held(pool):
        behind = [start(pool, deeds.square, number) for number in range(100)]
        pool.close()
        assert pool.engine.submit(pool.function(deeds.square), pool.body((1,), {}, [])) is None
        with pytest.raises(EngineClosedError):
            pool.check_open()
    assert [read_outcome(run).payload for run in behind] == [number * number for number in range(100)]


def test_killing_ends_what_runs() -> None:
    with open_pool(1) as pool:
        gate = Gate()
        runs = [start(pool, deeds.pass_gate, gate.path, number) for number in range(10)]
        wait_until(lambda: gate.began() == 1, "a run began")
        pool.kill()
        assert [outcome_of(run).ending for run in runs] == [Ending.BROKEN] * 10
        gate.remove()


def test_asking_while_runs_end() -> None:
    # The coordinator's thread drops functions whose Python side is gone, and must not need the GIL for it: whoever asks
    # something of it waits for that thread.
    with open_pool(2) as pool:
        for _ in range(100):
            runs = [start(pool, deeds.square, number) for number in range(20)]
            pool._handles.clear()
            while not all(run.done() for run in runs):
                assert pool.worker_ids() is not None
                assert pool.engine.story()


def test_asking_while_a_pool_ends() -> None:
    for _ in range(8):
        pool = Pool(1)
        pool.close()
        while not pool.join(0):
            pool.worker_ids()
            pool.why_broken()
            pool.close()


def test_dropped_pool_completes_and_ends() -> None:
    pool = Pool(1)
    runs = [start(pool, deeds.square, number) for number in range(100)]
    observer = pool._observer
    del pool
    assert [outcome_of(run).payload for run in runs] == [number * number for number in range(100)]
    observer.join(DEADLINE_S)
    assert not observer.is_alive()


def test_pool_closes_when_idle() -> None:
    for _ in range(50):
        with open_pool(1, idle_close_s=0.05) as pool:
            try:
                run = pool.engine.submit(pool.function(deeds.square), pool.body((3,), {}, []))
            except RuntimeError:
                assert pool.is_closed
                continue  # it had been idle for so long before we came to submit, and has ended
            if run is None:
                continue  # the same, and it is ending
            assert value_of(run) == 9
            assert pool.join(DEADLINE_S)
            assert pool.is_closed
            return
    pytest.fail("it takes no run")
