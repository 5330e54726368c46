"""`import hpcflow` is cheap: it loads nothing heavy and starts nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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
import hpcflow
from hpcflow import flow, task
print("logging" in sys.modules)
"""
    process = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "False"
