"""Runs on Dask: one cluster for most of these tests, started once, and temporary ones where that is the question."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpcflow import (
    DaskTaskRunner,
    ProcessPoolTaskRunner,
    ThreadPoolTaskRunner,
    allow_failure,
    flow,
    task,
    unmapped,
    wait,
)
from hpcflow.cache_policies import FLOW_PARAMETERS
from hpcflow.context import surrounding_flow, surrounding_task_run
from hpcflow.errors import CrashedRun, UnfinishedRun
from hpcflow.futures import PrefectFuture
from hpcflow.runtime import flow_run
from hpcflow.states import Completed, Failed, StateType
from tests.crash.driver import wait_until
from tests.crash.programs import program

distributed = pytest.importorskip("distributed", reason="machine: it has no `distributed`")

# Dask's own, which are no matter of ours.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.kills_workers,
]

ONE_WORKER = {"n_workers": 1, "threads_per_worker": 1}


@task
def give(value: Any) -> Any:
    return value


@task
def add(one: Any, other: Any = 1) -> Any:
    return one + other


@task
def fail(text: str = "x") -> Any:
    raise ValueError(text)


@task
def where(value: Any = None) -> int:
    return os.getpid()


@task
def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@task
def ones(count: int) -> Any:
    return np.ones(count)


@task
def total(array: Any, scale: int = 1) -> float:
    array *= scale  # it is the run's own
    return float(array.sum())


def count() -> Iterator[int]:
    yield from (1, 2)


class Traveller:
    """Knows in which processes it was unpickled."""

    def __init__(self, processes: tuple[int, ...] = ()) -> None:
        self.processes = processes

    def __reduce__(self) -> Any:
        return _arrived, (self.processes,)


def _arrived(processes: tuple[int, ...]) -> Traveller:
    return Traveller((*processes, os.getpid()))


_CLUSTER = """
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""


@pytest.fixture(scope="module")
def address(_own_temporary_folder: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Have a cluster in a process of its own, so that of its sockets none is this one's."""
    resource_tracker.ensure_running()  # what Dask, too, would leave running
    script = tmp_path_factory.mktemp("cluster") / "cluster.py"
    script.write_text(_CLUSTER)
    root = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, str(script)]
    environment = {**os.environ, "PYTHONPATH": root}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=script.parent
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("end\n")
    resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]  # it would stay until this process ends


@pytest.fixture(autouse=True)
def _no_garbage() -> Iterator[None]:
    """Have what Dask leaves open collected here, where its warnings do not count, not in the midst of another test."""
    yield
    gc.collect()


@pytest.fixture
def runner(address: str) -> Iterator[DaskTaskRunner]:
    with DaskTaskRunner(address=address) as entered:
        yield entered


# --- values and states ---------------------------------------------------------------------------------------------------


def test_values(runner: DaskTaskRunner) -> None:
    assert runner.submit(where, {}).result() != os.getpid()
    one = runner.submit(give, {"value": 1})
    assert runner.submit(add, {"one": one, "other": one}).result() == 2
    assert runner.submit(give, {"value": {"a": [(one,)]}}).result() == {"a": [(1,)]}
    assert runner.map(add, {"one": [1, 2], "other": unmapped(10)}).result() == [11, 12]
    assert runner.map(give, {"value": runner.map(give, {"value": [1, None]})}).result() == [1, None]
    assert list(runner.submit(task(count), {}).result()) == [1, 2]
    assert runner.submit(give, {"value": Completed(data=7)}).result() == 7


def test_states_and_messages_are_those_of_processes(runner: DaskTaskRunner) -> None:
    good, bad = runner.submit(give, {"value": 1}), runner.submit(fail, {})
    after = runner.submit(add, {"one": bad})
    later = runner.submit(give, {"value": 1}, wait_for=[after])
    wait([good, bad, after, later])
    assert str(good.state) == "Completed()"
    assert str(bad.state) == "Failed('Task run encountered an exception ValueError: x')"
    assert after.state.message == f"Upstream task run '{bad.task_run_id}' did not reach a 'COMPLETED' state."
    assert (after.state.name, later.state.name) == ("NotReady", "NotReady")
    with pytest.raises(UnfinishedRun):
        later.result()
    with pytest.raises(ValueError, match="x") as caught:
        bad.result()
    assert "raise ValueError(text)" in str(caught.value.__cause__)
    assert isinstance(runner.submit(give, {"value": allow_failure(bad)}).result(), ValueError)
    by_hand = runner.submit(task(lambda: Failed(message="by hand")), {})
    by_hand.wait()
    assert str(by_hand.state) == "Failed('by hand')"
    completed: PrefectFuture[Any] = runner.submit(task(lambda: Completed(message="by hand", data=3)), {})
    assert completed.result() == 3


def test_what_cannot_travel_fails_that_run_alone(runner: DaskTaskRunner) -> None:
    result = runner.submit(task(threading.Lock), {})
    argument = runner.submit(give, {"value": threading.Lock()})
    wait([result, argument])
    assert result.state.is_failed()
    assert "cannot pickle" in str(result.state.message)
    assert argument.state.is_failed()


def test_a_value_goes_from_worker_to_worker(runner: DaskTaskRunner) -> None:
    made = runner.submit(task(Traveller), {})
    seen = runner.submit(task(lambda traveller: traveller.processes), {"traveller": made})
    assert os.getpid() not in seen.result()
    assert os.getpid() in made.result().processes


def test_large_arguments(runner: DaskTaskRunner, recwarn: pytest.WarningsRecorder) -> None:
    array = np.ones(3_000_000)
    assert runner.submit(total, {"array": array, "scale": 2}).result() == 6_000_000
    assert runner.map(total, {"array": unmapped(array), "scale": [1, 2]}).result() == [3_000_000, 6_000_000]
    assert array.sum() == 3_000_000
    assert runner.submit(total, {"array": runner.submit(ones, {"count": 3_000_000})}).result() == 3_000_000
    # The fixture has what is ignored here recorded; it may come when garbage of other tests is collected.
    ignored = DeprecationWarning, ResourceWarning
    assert not [str(warning.message) for warning in recwarn if not issubclass(warning.category, ignored)]


def test_values_outlive_the_cluster() -> None:
    with (
        distributed.LocalCluster(n_workers=1, processes=False, dashboard_address="127.0.0.1:0") as cluster,
        DaskTaskRunner(cluster=cluster) as runner,
    ):
        kept = runner.submit(give, {"value": [1]})
        dropped = runner.submit(give, {"value": 2}).state
    assert kept.result() == [1]
    assert dropped.name in ("Pending", "Running", "Completed")


# --- what a run knows ------------------------------------------------------------------------------------------------------


@task(name="asks", tags=["a"])
def ask(number: int = 7) -> Any:
    run, facts = surrounding_task_run(), surrounding_flow()
    assert run is not None
    return run.id, run.name, run.run_count, sorted(run.tags), run.parameters, facts and facts.flow_name


def test_a_run_knows_what_it_is(address: str) -> None:
    def body() -> Any:
        future = ask.submit()
        expected = (future.task_run_id, future.name, 1, ["a"], {"number": 7}, "asking")
        assert future.result() == expected

    flow(name="asking", task_runner=DaskTaskRunner(address=address))(body)()


def test_a_run_knows_the_small_parameters_of_its_flow(address: str) -> None:
    @flow(task_runner=DaskTaskRunner(address=address))
    def sweep(count: int, data: Any) -> Any:
        return task(lambda: flow_run.parameters).submit().result()

    assert sweep(3, np.zeros(10)) == {"count": 3}


def test_nested_tasks_and_flows_are_executed_in_the_worker(runner: DaskTaskRunner) -> None:
    def nested() -> Any:
        return [*where.map([1, 2]).result(), where.submit().result(), flow(lambda: where.submit().result())()]

    processes = runner.submit(task(nested), {}).result()
    assert len(set(processes)) == 1
    assert os.getpid() not in processes


def test_async_tasks(runner: DaskTaskRunner) -> None:
    async def double(number: int) -> int:
        await asyncio.sleep(0)
        return 2 * number

    async def count_async() -> Any:
        yield 1

    assert runner.map(task(double), {"number": [1, 2]}).result() == [2, 4]
    assert runner.submit(task(count_async), {}).result() == [1]


def test_log_records_come_here(runner: DaskTaskRunner, caplog: pytest.LogCaptureFixture) -> None:
    def speak() -> None:
        logging.getLogger("spoken").warning("from %s", "afar")

    runner.submit(task(speak), {}).wait()
    wait_until(lambda: ("spoken", logging.WARNING, "from afar") in caplog.record_tuples, "the record came")


def test_a_run_elsewhere_tells_that_it_has_begun(runner: DaskTaskRunner, tmp_path: Path) -> None:
    future = runner.submit(task(_until), {"path": str(tmp_path / "go")})
    wait_until(lambda: bool(future.state.is_running()), "it runs")
    assert not future.cancel()
    (tmp_path / "go").touch()
    assert future.result() == "gone"


# --- attempts --------------------------------------------------------------------------------------------------------------


@task(retries=2, retry_delay_seconds=[0.1, 0])
def flaky(path: str) -> int:
    with open(path, "a") as file:
        file.write("x")
    if os.path.getsize(path) < 3:
        raise RuntimeError("not yet")
    run = surrounding_task_run()
    return 0 if run is None else run.run_count


def test_a_waiting_retry_occupies_no_worker(tmp_path: Path) -> None:
    with DaskTaskRunner(cluster_kwargs=ONE_WORKER) as runner:
        # It waits for longer than anybody looks.
        waiting: Any = runner.submit(fail.with_options(retries=1, retry_delay_seconds=3600), {})
        wait_until(lambda: waiting.state.name == "AwaitingRetry", "the first attempt has failed")
        assert runner.submit(give, {"value": 1}).result() == 1
        assert not waiting.begin(1)  # by who had looked before that attempt failed
        assert waiting.state.name == "AwaitingRetry"
        assert waiting.cancel()
        assert runner.submit(flaky, {"path": str(tmp_path / "attempts")}).result() == 3
        begun, unbegun = runner.submit(task(_until), {"path": str(tmp_path / "go")}), runner.submit(give, {"value": 1})
        wait_until(lambda: bool(begun.state.is_running()), "it runs")
        assert not begun.cancel()
        assert unbegun.cancel()
        (tmp_path / "go").touch()
        assert begun.result() == "gone"
        assert unbegun.state.type == StateType.CANCELLED


def _until(path: str) -> str:
    wait_until(lambda: os.path.exists(path), "it may go")
    return "gone"


def test_a_dead_worker_costs_the_run_that_it_executed(tmp_path: Path) -> None:
    @task
    def once(number: int, folder: Path) -> int:
        (folder / str(number)).open("x").close()  # a second time it would raise
        return number

    with DaskTaskRunner(cluster_kwargs=ONE_WORKER) as runner:
        killed = runner.submit(die, {})
        others = runner.map(once, {"number": range(10), "folder": tmp_path})
        again = runner.submit(task(retries=1)(_die_once), {"path": str(tmp_path / "died")})
        killed.wait()
        again.wait()
        assert killed.state.is_crashed()
        assert f"died while running {killed.name}, attempt 1 of 1." in str(killed.state.message)
        assert "pid " in str(killed.state.message)
        with pytest.raises(CrashedRun):
            killed.result()
        assert again.result() == "lived"
        wait(others)
        assert all(future.state.is_completed() or "FileExistsError" in str(future.state.message) for future in others)


def _die_once(path: str) -> str:
    if not os.path.exists(path):
        Path(path).touch()
        die.fn()
    return "lived"


# --- beside other runners ----------------------------------------------------------------------------------------------------


def test_values_cross_between_runners(runner: DaskTaskRunner) -> None:
    on_dask = runner.submit(give, {"value": [1]})
    with ThreadPoolTaskRunner() as threads, ProcessPoolTaskRunner() as processes:
        in_thread = threads.submit(add, {"one": on_dask, "other": [2]})
        in_process = processes.submit(add, {"one": in_thread, "other": on_dask})
        assert runner.submit(add, {"one": in_process, "other": in_thread}).result() == [1, 2, 1, 1, 2]


def test_a_subclass_as_one_writes_it_for_prefect(address: str) -> None:
    names: list[str] = []

    class Mine(DaskTaskRunner):
        def __init__(self) -> None:
            super().__init__(address=address)

        def submit(self, task: Any, parameters: dict[str, Any], wait_for: Any = None, dependencies: Any = None) -> Any:
            names.append(task.name)
            return super().submit(task, parameters, wait_for, dependencies)

    assert flow(task_runner=Mine)(lambda: [give.submit(1).result(), *add.map([1], 2).result()])() == [1, 3]
    assert names == ["give", "add"]


def test_a_cluster_class_by_name_and_adapting() -> None:
    runner = DaskTaskRunner(
        cluster_class="distributed.LocalCluster",
        cluster_kwargs={
            "n_workers": 0,
            "processes": False,
            "threads_per_worker": 1,
            "dashboard_address": "127.0.0.1:0",
        },
        adapt_kwargs={"minimum": 1, "maximum": 1},
    )
    assert flow(task_runner=runner)(lambda: where.submit().result())() == os.getpid()
    assert flow(task_runner=runner)(lambda: logging.getLogger("x").name)() == "x"  # without a run: no cluster


def test_as_class_with_a_temporary_cluster_that_goes(tmp_path: Path) -> None:
    source = """
        import os
        from hpcflow import DaskTaskRunner, PrefectFuture, flow, task

        @task
        def give(value):
            return value

        class Point:
            def __init__(self, x):
                self.x = x

        @flow(task_runner=DaskTaskRunner(cluster_kwargs={"n_workers": 1}))
        def body():
            return give.map([Point(1), Point(2)]).result()

        if __name__ == "__main__":
            print([point.x for point in body()], type(body()[0]) is Point)
    """
    with program(source, tmp_path) as run:
        assert run.wait() == 0
        assert run.stdout() == "[1, 2] True\n", run.stderr()
        assert "Traceback" not in run.stderr()
        run.assert_nothing_left()


def test_a_cluster_that_goes_takes_its_runs_along(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    script = tmp_path / "cluster.py"
    script.write_text(_CLUSTER)
    with (
        subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as own,
        DaskTaskRunner(address=(own.stdout or sys.stdin).readline().strip()) as runner,
    ):
        done, running = runner.submit(give, {"value": [1]}), runner.submit(_until_never, {})
        wait_until(lambda: done.done() and bool(running.state.is_running()), "they are so far")
        own.kill()
        running.wait(60)
        assert running.state.is_crashed()
        assert "ended with its Dask cluster" in str(running.state.message)
        with pytest.raises(CrashedRun, match="lost with its Dask cluster"):
            done.result()


@task
def _until_never() -> None:
    threading.Event().wait(60)


def test_nothing_is_left_of_a_cluster_whose_parent_is_killed(tmp_path: Path) -> None:
    source = """
        import time
        from hpcflow import DaskTaskRunner, PrefectFuture, task

        if __name__ == "__main__":
            with DaskTaskRunner(cluster_kwargs={"n_workers": 1}) as runner:
                runner.submit(task(lambda: time.sleep(0)), {}).result()
                print("ready")
                runner.submit(task(lambda: time.sleep(1000)), {}).result()
    """
    with program(source, tmp_path) as run:
        run.await_line("ready")
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        run.assert_nothing_left()


# --- options -----------------------------------------------------------------------------------------------------------------


def test_options_that_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="Cannot specify `cluster` and"):
        DaskTaskRunner(cluster=object(), cluster_class="distributed.LocalCluster")
    with pytest.raises(ValueError, match="`client_kwargs` cannot set `asynchronous`"):
        DaskTaskRunner(client_kwargs={"asynchronous": True})
    with pytest.raises(TypeError, match="cluster_class must be a class"):
        DaskTaskRunner(cluster_class=7)  # type: ignore[arg-type]  # the mistake
    with pytest.raises(RuntimeError, match="must be started"):
        DaskTaskRunner().submit(give, {"value": 1})


def test_compared_and_copied_by_options() -> None:
    runner = DaskTaskRunner(address="tcp://127.0.0.1:1", client_kwargs={"timeout": 7})
    assert runner == runner.duplicate()
    assert runner != DaskTaskRunner()
    assert hash(runner) == hash(runner.duplicate())
    assert runner.name == "dask"


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r'pip install "hpcflow-engine\[dask\]"'), DaskTaskRunner():
        pass


# --- results that are kept ------------------------------------------------------------------------------------------------


def test_results_are_kept_as_the_client_says(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPCFLOW_HOME", str(tmp_path / "home"))  # the cluster's own environment says otherwise
    plain = task(persist_result=None)(lambda value: value)
    by_flow = task(cache_policy=FLOW_PARAMETERS)(lambda value: value)

    def names(day: str) -> list[list[str]]:
        assert day
        return [[made.submit(1, return_state=True).name for _ in range(2)] for made in (plain, by_flow)]

    run = flow(task_runner=DaskTaskRunner(address=address), persist_result=True)(names)
    assert run("monday") == [["Completed", "Cached"]] * 2
    assert run("monday") == [["Completed", "Cached"], ["Cached", "Cached"]]
    assert run.with_options(persist_result=False)("tuesday") == [["Completed", "Completed"], ["Completed", "Cached"]]
    assert any((tmp_path / "home" / "storage").iterdir())
