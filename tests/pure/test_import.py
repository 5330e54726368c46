"""`import hpcflow` is cheap: it loads nothing heavy and starts nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

HEAVY = {
    "cloudpickle",
    "distributed",
    "loky",
    "multiprocessing",
    "numpy",
    "psutil",
    "pydantic",
    "rich",
    "threadpoolctl",
}

PROBE = """
import json, os, sys, threading
bare = set(sys.modules)
import hpcflow
loaded = sorted({name.partition(".")[0] for name in set(sys.modules) - bare})
threads = len(os.listdir("/proc/self/task"))
print(json.dumps({"loaded": loaded, "threads": threads}))
"""


def test_import_loads_nothing_heavy_and_starts_no_thread(tmp_path: Path) -> None:
    process = subprocess.run([sys.executable, "-c", PROBE], cwd=tmp_path, capture_output=True, text=True, check=True)
    told = json.loads(process.stdout)
    assert "hpcflow" in told["loaded"]
    assert not HEAVY & set(told["loaded"])
    assert told["threads"] == 1


def test_a_runner_loads_no_other(tmp_path: Path) -> None:
    code = """
import sys
import textwrap
from hpcflow import DaskTaskRunner, ProcessPoolTaskRunner, flow, task
before = sys.modules.keys() & {"hpcflow.task_runners._threads", "hpcflow.task_runners._thread_pool", "distributed", "asyncio"}
from hpcflow import ThreadPoolTaskRunner
after = sys.modules.keys() & {"distributed", "asyncio"}
DaskTaskRunner()
print(before | after | sys.modules.keys() & {"distributed"})
"""
    process = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "set()"


def test_logging_is_loaded_by_what_logs(tmp_path: Path) -> None:
    code = """
import sys
import textwrap
import hpcflow
from hpcflow import flow, task
print("logging" in sys.modules)
"""
    process = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "False"


# What a first result waits for is loaded one after the other: the parent's modules until it starts the template, then the
# template's. All else is loaded by the parent while the template starts, which costs nothing.
TASK = """
from hpcflow import flow, task
@task
def double(number: int) -> int:
    return 2 * number
@flow
def main():
    double.submit(21).result()
main()
"""
EXECUTOR = """
from hpcflow import Executor
def double(number):
    return 2 * number
with Executor() as executor:
    executor.submit(double, 21).result()
"""
# Each takes a millisecond or more, by itself or with what it loads.
LATER = {
    *("ast", "dataclasses", "inspect", "logging", "pickle", "platform", "traceback", "uuid"),
    *("asyncio", "datetime", "json", "multiprocessing", "pathlib", "random", "socket", "tempfile"),
    *("hpcflow._console", "hpcflow._ledger", "hpcflow._mapping", "hpcflow._validation"),
    *("hpcflow._engine.provision", "hpcflow._engine.reporter", "hpcflow._engine.run_futures"),
    *("hpcflow._wire.codec", "hpcflow._wire.functions"),
}


@pytest.mark.parametrize(
    ("program", "loads"),
    [(TASK, set()), (EXECUTOR, {"concurrent", "logging", "traceback"})],
    ids=["task", "executor"],
)
def test_little_is_loaded_before_the_template_starts(tmp_path: Path, program: str, loads: set[str]) -> None:
    code = f"""
import json, sys
bare = set(sys.modules)
from hpcflow._engine import launch
class Launched(BaseException):
    pass
def start(self):
    print(json.dumps(sorted(set(sys.modules) - bare)))
    raise Launched
launch.Launcher.start = start
try:
    exec({program!r}, {{"__name__": "__main__"}})
except Launched:
    pass
"""
    process = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = set(json.loads(process.stdout.splitlines()[0]))
    assert "hpcflow._engine.pool" in loaded
    assert not loaded & (HEAVY | LATER) - loads


def test_the_template_loads_what_its_workers_need(tmp_path: Path) -> None:
    code = """
import json, sys
bare = set(sys.modules)
import hpcflow._worker.template
print(json.dumps(sorted(set(sys.modules) - bare)))
"""
    process = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = set(json.loads(process.stdout))
    assert "hpcflow._worker.loop" in loaded
    of_the_parent = {"context", "flow_runs", "flows", "futures", "settings", "tasks", "_parameters", "_engine"}
    assert not loaded & {f"hpcflow.{name}" for name in of_the_parent}
    # cloudpickle's door is there, and it is loaded next: with these, which are not to be loaded for ourselves.
    assert not loaded & (HEAVY | LATER) - {"logging", "pickle", "traceback", "hpcflow._wire.codec"}


def test_a_module_that_another_thread_is_loading_is_waited_for(tmp_path: Path) -> None:
    code = """
    import builtins, logging, sys, threading
    from hpcflow._engine.reporter import reporter_of_runs
    import_now, half_way, asked = builtins.__import__, threading.Event(), threading.Event()
    def slowly(name, *args, **kwargs):
        if name == "hpcflow._first_lines":
            half_way.set()
            assert asked.wait(30)
        return import_now(name, *args, **kwargs)
    sys.modules.pop("hpcflow._console", None)
    builtins.__import__ = slowly
    loading = threading.Thread(target=import_now, args=("hpcflow._console",))
    loading.start()
    assert half_way.wait(30)
    builtins.__import__ = import_now
    errors = []
    def ask():
        asked.set()
        try:
            reporter_of_runs()
        except Exception as error:
            errors.append(error)
    asking = threading.Thread(target=ask)
    asking.start()
    asking.join()
    loading.join()
    assert not errors, errors
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=tmp_path, check=True)
