"""Programs written for Prefect print the same with hpcflow, when only their import lines change.

`programs/NAME.out` is what `programs/NAME.py` printed under real Prefect (record.py recorded it). Where hpcflow does better on
purpose, KNOWN_DIFFERENCES says why and `programs/NAME.hpcflow.out` is what the program must print instead.
"""

from __future__ import annotations

import difflib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compat.rewriting import rewritten

PROGRAMS = Path(__file__).parent / "programs"
_PROJECT = Path(__file__).resolve().parents[2]
_DEADLINE_S = 120

KNOWN_DIFFERENCES: dict[str, str] = {
    "caching_distinct_values": "lists and tuples are different inputs: the task may tell them apart",
    "flows_hooks_cancelled": "on_cancellation is called for whatever ends as Cancelled: no worker of a server does it",
    "flows_run_name_bad": "a name that cannot be made does not break the run: it has a usual one, and a warning says why",
    "futures_cascade": "of several upstreams that did not complete the first one in time is named",
    "input_bad_run_names": "a name that cannot be made does not break the run",
    "input_options_odd": "negative retries are an error where they are written",
    "map_generator_twice_in_one": "an iterator that is given twice is an error: it would map to nothing",
    "options_run_name_bad": "a name that cannot be made does not break the run",
    "seeing_contexts": "each TaskRunContext.get() gives an object of its own, with the same facts",
    "seeing_loggers_outside": "loggers are named after hpcflow",
    "states_exceptions_module": "UnfinishedRun is a RuntimeError too",
    "states_result": "the message of a missing result says what is so here: there is no API",
}


@pytest.mark.parametrize("name", sorted(path.stem for path in PROGRAMS.glob("*.py")))
def test_prints_what_it_printed_under_prefect(name: str, tmp_path: Path) -> None:
    program = tmp_path / f"{name}.py"
    program.write_text(rewritten((PROGRAMS / f"{name}.py").read_text()))
    status, printed, complaints = _run(program, tmp_path)
    expected = _expected(name)
    if printed != expected or status != 0:
        lines = difflib.unified_diff(expected.splitlines(), printed.splitlines(), "expected", "printed", lineterm="")
        ending = f"exit status {status}, on stderr:\n{complaints[-4000:]}"
        pytest.fail("\n".join([f"{name}.py prints something else", *lines, ending]), pytrace=False)


def test_each_difference_is_pinned() -> None:
    pinned = {path.name.removesuffix(".hpcflow.out") for path in PROGRAMS.glob("*.hpcflow.out")}
    assert pinned == set(KNOWN_DIFFERENCES)
    same = [name for name in pinned if _expected(name) == (PROGRAMS / f"{name}.out").read_text()]
    assert not same, "these differ no longer"


def _expected(name: str) -> str:
    ending = ".hpcflow.out" if name in KNOWN_DIFFERENCES else ".out"
    return (PROGRAMS / f"{name}{ending}").read_text()


def _run(program: Path, folder: Path) -> tuple[int | None, str, str]:
    temporary = folder / "temporary"
    temporary.mkdir()
    environment = os.environ | {
        "HPCFLOW_HOME": str(folder / "home"),
        "PYTHONPATH": str(_PROJECT),
        "TMPDIR": str(temporary),
    }
    out, err = folder / "stdout", folder / "stderr"
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, program],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
        try:
            status: int | None = process.wait(_DEADLINE_S)
        except subprocess.TimeoutExpired:
            status = None
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return status, out.read_text(), err.read_text()
