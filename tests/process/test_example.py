"""The model sweep, run as its user would: everything but the mistake in its grid is scored, and nothing else is said."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "model_sweep.py"
DEADLINE_S = 300.0


def run_sweep(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "200", "HPCFLOW_LOGGING_LEVEL": "OFF"}
    environment.pop("HPCFLOW_PROGRESS", None)
    return subprocess.run(
        [sys.executable, str(EXAMPLE), "--quick", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def accuracies(output: str) -> list[str]:
    """The table of accuracies alone: what must be the same in each sweep."""
    return re.findall(r"^ +(\w+ +[\d.]{5} +[\d.]{5}) *$", output, re.MULTILINE)


def test_the_sweep_scores_all_but_the_mistake() -> None:
    sweep = run_sweep("--workers", "2", "--folds", "2")
    assert sweep.returncode == 0, sweep.stderr
    assert len(accuracies(sweep.stdout)) == 8
    assert re.findall(r"^failed: +(\S+) on (\S+): (\w+)", sweep.stdout, re.MULTILINE) == [
        ("SVC(C=-1)", "wine", "InvalidParameterError")
    ]
    assert "a speed-up of " in sweep.stdout
    lines = sweep.stderr.splitlines()
    assert lines, "no progress was shown"
    assert [line for line in lines if not line.startswith("model sweep: ")] == []
    assert re.match(r"model sweep: 17/17 done, 1 failed, ", lines[-1])

    again = run_sweep("--workers", "1", "--folds", "2")
    assert accuracies(again.stdout) == accuracies(sweep.stdout)


def test_a_failure_that_is_not_meant_shows_in_the_exit_code() -> None:
    sweep = run_sweep("--workers", "2", "--folds", "1")
    assert sweep.returncode == 1, sweep.stderr
    assert sweep.stdout.count("failed: ") == 17
