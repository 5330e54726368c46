"""Results that are kept, across workers, programs and deaths."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpcflow import flow, task, unmapped
from hpcflow._engine.pool import close_shared_pool
from hpcflow._worker.entries import MISSING, read_entry
from hpcflow.cache_policies import DEFAULT, FLOW_PARAMETERS, INPUTS, TASK_SOURCE
from hpcflow.task_runners import ThreadPoolTaskRunner
from hpcflow.tasks import task_input_hash
from tests.crash.driver import wait_until
from tests.pure.test_hashing import DIFFERENT

_PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPCFLOW_HOME", str(tmp_path / "home"))


def storage(tmp_path: Path) -> Path:
    return tmp_path / "home" / "storage"


def entries_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and ".writing" not in path.parts]


@task(cache_policy=INPUTS + TASK_SOURCE)
def square(number: int, notes: str) -> int:
    with open(notes, "a") as file:
        file.write(f"{number}\n")
    return number * number


@task(persist_result=True)
def default_policy(number: int) -> int:
    return number


# --- in workers -------------------------------------------------------------------------------------------------------


def test_runs_of_workers_find_each_others_results_and_the_callers(tmp_path: Path) -> None:
    notes = str(tmp_path / "notes")
    first = square.submit(3, notes)
    first.wait()
    again = square.submit(number=3, notes=notes)
    again.wait()
    assert (str(first.state), str(again.state)) == ("Completed()", "Cached(type=COMPLETED)")
    assert (again.result(), again.state.result(), again.state.message) == (9, 9, None)
    assert square(3, notes, return_state=True).name == "Cached"
    mapped = square.map([1, 2, 3, 3], unmapped(notes))
    assert mapped.result() == [1, 4, 9, 9]
    assert [future.state.name for future in mapped][2:] == ["Cached", "Cached"]
    assert square.map(number=[1, 2], notes=unmapped(notes)).result() == [1, 4]
    assert sorted(Path(notes).read_text().split()) == ["1", "2", "3"]


def test_what_a_run_waits_for_counts_by_its_value(tmp_path: Path) -> None:
    notes = str(tmp_path / "notes")
    assert square.submit(square.submit(2, notes), notes).result() == 16
    state = square.submit(4, notes, return_state=True)
    assert state.name == "Cached"
    # And a cached run serves as an upstream as any other.
    assert square.submit(square.submit(2, notes), notes).result() == 16
    assert Path(notes).read_text().split() == ["2", "4"]


def test_a_flow_run_finds_what_it_has_computed_and_another_does_not() -> None:
    @flow
    def run() -> list[str]:
        futures = [default_policy.submit(1)]
        futures[0].wait()
        futures += [*default_policy.map([1, 2])]
        return [future.state.name for future in futures if future.wait() is None]

    assert run() == ["Completed", "Cached", "Completed"]
    assert run() == ["Completed", "Cached", "Completed"]
    default_policy.submit(1).wait()
    assert default_policy.submit(1, return_state=True).name == "Completed"  # outside of flows each run stands alone


def test_threads_keep_results_as_processes_do() -> None:
    by_flow = task(cache_policy=FLOW_PARAMETERS + TASK_SOURCE)(lambda x: x)

    @task(cache_policy=INPUTS + TASK_SOURCE)
    async def waiting(x: int) -> int:
        return x

    def names(day: str) -> list[list[str]]:
        assert day
        made: tuple[Any, ...] = (default_policy, by_flow, waiting)
        return [[each.submit(1, return_state=True).name for _ in range(2)] for each in made]

    in_threads = flow(task_runner=ThreadPoolTaskRunner(max_workers=2))(names)
    assert in_threads("monday") == [["Completed", "Cached"]] * 3
    # And each finds what the other has kept.
    assert flow(names)("monday") == [["Completed", "Cached"], ["Cached", "Cached"], ["Cached", "Cached"]]


def test_tasks_do_as_their_flow_does() -> None:
    plain = task(lambda x: x)

    @flow(persist_result=True)
    def keeping() -> list[str]:
        def names() -> list[str]:
            return [plain(5, return_state=True).name for _ in range(2)]

        nested = task(names)
        return [plain.submit(1, return_state=True).name for _ in range(2)] + nested.submit().result()

    assert keeping() == ["Completed", "Cached", "Completed", "Cached"]


def test_flow_parameters_and_functions_of_the_user_work_in_workers() -> None:
    by_flow = task(cache_policy=FLOW_PARAMETERS + INPUTS)(lambda x: x)
    by_hash = task(cache_key_fn=task_input_hash)(lambda x: x)
    by_name = task(name="mine", cache_key_fn=lambda context, inputs: f"{context.task.name}-{inputs['x']}")(lambda x: x)

    @flow
    def run(day: str) -> list[str]:
        assert day
        return [made.submit(1, return_state=True).name for made in (by_flow, by_hash, by_name)]

    assert run("monday") == ["Completed"] * 3
    assert run("monday") == ["Cached"] * 3
    assert run("tuesday") == ["Completed", "Cached", "Cached"]


def test_async_tasks_generators_and_retries_in_workers(tmp_path: Path) -> None:
    notes = tmp_path / "notes"

    @task(cache_policy=INPUTS + TASK_SOURCE, retries=2)
    async def flaky(x: int) -> int:
        with notes.open("a") as file:
            file.write("x")
        if len(notes.read_text()) < 3:
            raise ValueError
        return x

    @task(cache_policy=INPUTS + TASK_SOURCE)
    def count(most: int) -> Any:
        yield from range(most)

    assert [flaky.submit(1).result() for _ in range(2)] == [1, 1]
    assert len(notes.read_text()) == 3
    assert [count.submit(3).result() for _ in range(2)] == [[0, 1, 2]] * 2


def test_a_result_counts_until_it_expires(tmp_path: Path) -> None:
    kept = task(cache_key_fn=lambda *_: "k", cache_expiration=dt.timedelta(hours=1))(lambda: 1)
    names = [kept.submit(return_state=True).name for _ in range(2)]
    os.utime(storage(tmp_path) / "k", (time.time(), time.time() - 3601))
    names += [kept.submit(return_state=True).name for _ in range(2)]
    assert names == ["Completed", "Cached"] * 2


def test_warnings_of_workers_arrive_here(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = task(name="train", cache_key_fn=lambda *_: "k")(lambda: 1)
    storage(tmp_path).mkdir(parents=True)
    (storage(tmp_path) / "k").write_bytes(b"hpcflow\0cut")
    assert [kept.submit(return_state=True).name for _ in range(2)] == ["Completed", "Cached"]
    close_shared_pool()  # all that its workers have told is here then
    (record,) = [
        # What others log, from threads of their own or when garbage is collected, is no matter of ours.
        record
        for record in caplog.records
        if record.levelno == logging.WARNING and record.name.startswith("hpcflow")
    ]
    for part in ("'train'", "'k'", str(storage(tmp_path) / "k"), "cut off"):
        assert part in record.getMessage()


def test_a_large_array_goes_round(tmp_path: Path) -> None:
    made = task(cache_policy=INPUTS + TASK_SOURCE)(lambda count: np.arange(count, dtype=np.float64))
    count = 100_000_000 // 8
    states = [made.submit(count, return_state=True) for _ in range(2)]
    assert [state.name for state in states] == ["Completed", "Cached"]
    for state in states:
        array = state.result()
        assert array.flags.writeable
        assert array[-1] == count - 1
        array[-1] = 0
    direct = made(count)
    assert (direct[-1], direct.sum()) == (count - 1, count * (count - 1) / 2)
    (entry,) = entries_in(storage(tmp_path))
    assert entry.stat().st_size < 100_000_000 + 10_000


def test_a_large_argument_counts_by_its_content() -> None:
    total = task(cache_policy=INPUTS + TASK_SOURCE)(lambda array: float(array.sum()))
    array = np.ones(1_000_000)
    assert total.submit(array).result() == 1_000_000
    assert total.submit(array.copy(), return_state=True).name == "Cached"
    assert total(array, return_state=True).name == "Cached"
    array[5] = 3
    assert total.submit(array).result() == 1_000_002


def test_all_workers_on_one_key(tmp_path: Path) -> None:
    made = task(cache_key_fn=lambda *_: "k")(lambda number: np.full(50_000, number))
    for array in made.map(list(range(200))).result():
        assert array.min() == array.max()
    assert [path.name for path in entries_in(storage(tmp_path))] == ["k"]
    assert os.listdir(storage(tmp_path) / ".writing") == []


# --- across programs --------------------------------------------------------------------------------------------------


def run_program(tmp_path: Path, source: str, *, seed: str = "0") -> Any:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(source))
    environment = os.environ | {"PYTHONPATH": str(_PROJECT), "PYTHONHASHSEED": seed}
    process = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


TWICE = """
    import json, dataclasses, enum
    from hpcflow import task
    from hpcflow.cache_policies import INPUTS, TASK_SOURCE

    @dataclasses.dataclass
    class Point:
        x: int
        tags: set

    class Colour(enum.Enum):
        RED = 1

    @task(cache_policy=INPUTS + TASK_SOURCE)
    def move(point, colour, key=lambda x: x + 1):
        return Point(key(point.x), point.tags)

    def look(state):
        value = state.result()
        return [state.name, type(value) is Point, value == Point(2, {"a", "b", "c"})]

    if __name__ == "__main__":
        arguments = Point(1, {"a", "b", "c"}), Colour.RED
        states = [move.submit(*arguments, return_state=True), move(*arguments, return_state=True)]
        print(json.dumps([look(state) for state in states]))
"""


def test_the_next_run_of_a_program_finds_the_results_and_knows_their_classes(tmp_path: Path) -> None:
    assert run_program(tmp_path, TWICE, seed="1") == [["Completed", True, True], ["Cached", True, True]]
    assert run_program(tmp_path, TWICE, seed="2") == [["Cached", True, True]] * 2
    edited = TWICE.replace("return Point(key", "return Point(0 + key")
    assert run_program(tmp_path, edited) == [["Completed", True, True], ["Cached", True, True]]
    assert run_program(tmp_path, edited.replace("x + 1", "1 + x"))[0][0] == "Completed"


def test_another_process_with_other_seeds_makes_the_same_digests(tmp_path: Path) -> None:
    probe = """
        import json
        from tests.pure.test_hashing import DIFFERENT, hash_value
        print(json.dumps([hash_value(value) for value in DIFFERENT]))
    """
    # Not this process's own: other tests may have raised, and so changed, the errors among the values.
    first = run_program(tmp_path, probe, seed="1")
    assert first == run_program(tmp_path, probe, seed="2")
    assert len(first) == len(DIFFERENT)


def test_workers_make_the_same_keys_of_functions(tmp_path: Path) -> None:
    program = """
        import json
        from hpcflow import task
        from hpcflow.cache_policies import INPUTS

        data = 5          # also the name of an attribute
        step = 2

        def helper(x):
            return x.data + step

        local = lambda x: helper(x)

        @task(cache_policy=INPUTS)
        def apply(function, other):
            return 1

        states = [apply(helper, local, return_state=True), apply.submit(helper, local, return_state=True)]
        print(json.dumps([state.name for state in states]))
    """
    assert run_program(tmp_path, program) == ["Completed", "Cached"]
    assert run_program(tmp_path, program.replace("step = 2", "step = 3")) == ["Completed", "Cached"]


# --- deaths -----------------------------------------------------------------------------------------------------------

WRITER = """
import itertools, math, sys
import numpy as np
from hpcflow._worker.entries import path_of, write_entry
folder, name = sys.argv[1:]
path = path_of(folder, name)
print("ready", flush=True)
for number in itertools.count():
    small = [number % 251] * 50
    value = small if number % 3 == 0 else np.full(200_000, number % 251, dtype=np.int64)
    write_entry(folder, path, value, lifetime_s=math.inf, names={})
"""


def start_writer(folder: Path, name: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(_PROJECT)}
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name], env=environment, stdout=subprocess.PIPE, text=True
    )


def read_until(done: Callable[[], bool], path: Path) -> int:
    """Read an entry again and again, and see each time that it is whole."""
    count = 0
    while not done():
        value = read_entry(str(path), {})
        if value is not MISSING:
            assert min(value) == max(value)
            count += 1
    return count


def test_writers_killed_at_any_instant_leave_whole_entries_and_no_litter(tmp_path: Path) -> None:
    folder, chance = tmp_path / "entries", random.Random(7)
    for _ in range(6):
        writers = [start_writer(folder, "k") for _ in range(2)]
        try:
            for writer in writers:
                assert writer.stdout is not None
                assert writer.stdout.readline() == "ready\n"
            wait_until((folder / "k").exists, "an entry is written")
            until = time.monotonic() + chance.uniform(0.02, 0.2)
            read_until(lambda until=until: time.monotonic() > until, folder / "k")  # type: ignore[misc]  # bound at once
        finally:
            for writer in writers:
                writer.send_signal(signal.SIGKILL)
                writer.communicate()
        assert read_entry(str(folder / "k"), {}) is not MISSING
    # The next one sweeps what they left.
    kept = task(cache_key_fn=lambda *_: "next", result_storage=folder)(lambda: 1)
    writer = start_writer(folder, "k")
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        read_until(lambda: read_entry(str(folder / "k"), {}) is not MISSING, folder / "k")
        assert kept.submit().result() == 1
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    assert len(os.listdir(folder / ".writing")) <= 1  # that of the last one


def test_a_worker_that_dies_keeps_nothing(tmp_path: Path) -> None:
    @task(cache_policy=DEFAULT + TASK_SOURCE)
    def die(number: int) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return number

    assert die.submit(1, return_state=True).name == "Crashed"
    assert not storage(tmp_path).exists() or entries_in(storage(tmp_path)) == []
