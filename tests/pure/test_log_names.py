"""Loggers under Prefect's names, in a process of their own: what they change stays changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import logging
from hpcflow import task
from hpcflow.logging import get_logger

records = []

class Keep(logging.Handler):
    def emit(self, record):
        records.append((record.name, record.getMessage()))

get_logger("mine").info("before")
theirs = logging.getLogger("prefect")
theirs.addHandler(Keep())
get_logger("mine").info("told")
theirs.setLevel(logging.ERROR)
get_logger("mine").info("hidden")
theirs.setLevel(logging.NOTSET)  # as pytest's caplog leaves it
get_logger("mine").info("told again")
logging.getLogger("prefect.task_runs").setLevel(logging.ERROR)
task(lambda: 1)()
logging.getLogger("hpcflow.task_runs").setLevel(logging.INFO)  # the nearer name wins
task(lambda: 1)()
print([name for name, _ in records], [text for _, text in records])
"""


def test_levels_and_handlers(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=True)
    names, texts = ["prefect.mine"] * 2 + ["prefect.task_runs"], ["told", "told again", "Finished in state Completed()"]
    assert done.stdout == f"{names} {texts}\n"
    assert done.stderr.count("| INFO ") == 4  # the console has them all, the first one too


def test_the_real_ones_are_left_alone(tmp_path: Path) -> None:
    program = """
import logging, sys, types
sys.modules["prefect"] = types.ModuleType("prefect")
theirs = logging.getLogger("prefect")
from hpcflow.logging import get_logger
logger = get_logger("mine")
print(logger.name, logger.parent.parent is theirs, theirs.parent is logging.root)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "hpcflow.mine False True\n"
