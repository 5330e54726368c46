"""The progress display: it counts what has ended, says it where it can be read, and is never in the way."""

from __future__ import annotations

import concurrent.futures
import fcntl
import io
import itertools
import os
import re
import select
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hpcflow import progress, task
from hpcflow._engine import progress as display
from hpcflow._engine.progress import Row
from hpcflow._engine.run_futures import RunFutureList
from hpcflow._engine.tallies import SpanCounter, counters_of
from hpcflow.futures import CompletedFuture, PrefectFutureList
from hpcflow.states import Completed, Failed

DEADLINE_S = 60.0


@task
def check_tens(number: int) -> int:
    if number % 10 == 0:
        raise ValueError(number)
    return number


@task
def wait_for_file(path: str) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not os.path.exists(path) and time.monotonic() < deadline_s:
        time.sleep(0.002)


def ended_line(text: str, label: str) -> str:
    """The last line about `label`, its times replaced by "T", and without the rate: runs may have ended before it began."""
    line = [one for one in text.splitlines() if one.startswith(f"{label}: ")][-1]
    return re.sub(r"\d+:\d\d", "T", re.sub(r", [\d.,]+/(s|min|h)", "", line))


# --- what is counted ------------------------------------------------------------------------------------------------


def test_a_map_is_counted_without_making_its_futures(capsys: pytest.CaptureFixture[str]) -> None:
    futures = check_tens.map(range(100_000))
    assert isinstance(futures, RunFutureList)
    with progress(futures, "tens"):
        assert futures.span is not None
        futures.span.wait(DEADLINE_S)
    assert ended_line(capsys.readouterr().err, "tens") == "tens: 100,000/100,000 done, 10,000 failed, in T"
    assert not futures._is_filled


def test_a_map_that_was_changed_is_counted_as_it_is_now(capsys: pytest.CaptureFixture[str]) -> None:
    futures = check_tens.map([1, 2, 10])
    futures.append(check_tens.submit(20))
    with progress(futures, "changed"):
        futures.wait()
    assert ended_line(capsys.readouterr().err, "changed") == "changed: 4/4 done, 2 failed, in T"


def test_futures_of_all_kinds_are_counted_at_any_depth(capsys: pytest.CaptureFixture[str]) -> None:
    by_hand: concurrent.futures.Future[int] = concurrent.futures.Future()
    by_hand.set_exception(ValueError("by hand"))
    cancelled: concurrent.futures.Future[int] = concurrent.futures.Future()
    cancelled.cancel()
    ended = [CompletedFuture("here", Completed(data=1)), CompletedFuture("here", Failed(message="no"))]
    maps = [check_tens.map([1, 2, 10]), PrefectFutureList([check_tens.submit(20), check_tens.submit(3)])]
    with progress({"maps": maps, "others": (ended, {by_hand, cancelled})}.values(), "all"):
        for futures in maps:
            futures.wait()
    assert ended_line(capsys.readouterr().err, "all") == "all: 9/9 done, 5 failed, in T"


def test_one_future_will_do(capsys: pytest.CaptureFixture[str]) -> None:
    future = check_tens.submit(1)
    with progress(future):
        assert future.result() == 1
    assert ended_line(capsys.readouterr().err, "runs") == "runs: 1/1 done, in T"


def test_nothing_to_do_is_done_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with progress([], "none"):
        pass
    assert ended_line(capsys.readouterr().err, "none") == "none: 0/0 done, in T"


def test_a_run_that_has_only_begun_does_not_count(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    futures = wait_for_file.map([str(gate)] * 4)
    (counter,) = counters_of(futures)
    assert isinstance(counter, SpanCounter)
    deadline_s = time.monotonic() + DEADLINE_S
    while not futures[0].state.is_running() and time.monotonic() < deadline_s:
        time.sleep(0.001)
    assert futures[0].state.is_running()
    assert counter.tally() == (tally := counter.tally())
    assert (tally.total, tally.done, tally.failed) == (4, 0, 0)
    gate.touch()
    futures.wait(DEADLINE_S)
    assert counter.tally().done == 4


@pytest.mark.parametrize("wrong", [7, [7], "runs", [None], check_tens])
def test_what_is_no_future_is_named(wrong: Any) -> None:
    with pytest.raises(TypeError, match="progress is shown of futures"), progress(wrong):
        pass


# --- where it is said -----------------------------------------------------------------------------------------------


def test_lines_are_written_now_and_then_and_ever_more_rarely() -> None:
    row = Row("long", [], now_s=0.0)
    due = []
    for second in range(1, 7201):
        row.look(float(second))
        if row.line_is_due():
            due.append(second)
    assert due[:4] == [5, 10, 15, 20]
    gaps = [later - earlier for earlier, later in itertools.pairwise(due)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == display.LINE_PAUSE_MOST_S


def test_a_body_that_raises_ends_the_display(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    future = wait_for_file.submit(str(gate))
    with pytest.raises(KeyboardInterrupt), progress(future, "broken off"):
        raise KeyboardInterrupt
    assert ended_line(capsys.readouterr().err, "broken off") == "broken off: 0/1 done, stopped after T"
    assert not is_shown()
    gate.touch()
    future.wait(DEADLINE_S)


def test_two_at_once_share_the_display(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = check_tens.map([1, 2]), check_tens.map([10, 20])
    with progress(one, "one"):
        with progress(other, "other"):
            assert len([thread for thread in threading.enumerate() if thread.name == "hpcflow-progress"]) == 1
            other.wait()
        assert is_shown()
        one.wait()
    assert not is_shown()
    text = capsys.readouterr().err
    assert ended_line(text, "one") == "one: 2/2 done, in T"
    assert ended_line(text, "other") == "other: 2/2 done, 2 failed, in T"
    assert len(re.findall(r"other: 2/2 done.*, in ", text)) == 1


def test_zero_in_the_environment_shows_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HPCFLOW_PROGRESS", "0")
    future = check_tens.submit(1)
    with progress(future):
        assert not is_shown()
        future.wait()
    assert capsys.readouterr().err == ""


class _Closed(io.StringIO):
    def write(self, text: str) -> int:  # noqa: ARG002 - nobody reads it
        raise BrokenPipeError(32, "Broken pipe")


@pytest.mark.parametrize("stderr", [None, _Closed()])
def test_a_stderr_that_nobody_reads_does_not_stop_the_work(monkeypatch: pytest.MonkeyPatch, stderr: Any) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    futures = check_tens.map([1, 2, 3])
    with progress(futures):
        assert futures.result() == [1, 2, 3]


def is_shown() -> bool:
    return display._display is not None


# --- on a terminal --------------------------------------------------------------------------------------------------

PROGRAM = """
import fcntl, os, sys, termios, time
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from hpcflow import flow, progress, task

@task
def work(number):
    time.sleep({pause_s})
    while number >= {free} and not os.path.exists("gate"):
        time.sleep(0.002)
    if number == 1:
        raise ValueError(number)

@flow
def sweep():
    runs = work.map(range({count}))
    with progress(runs, "sweep [a]"):
        print("begun", flush=True)
        runs.wait()
    return "ended"

try:
    print(sweep())
except KeyboardInterrupt:
    sys.exit(130)
"""

HIDES_CURSOR = "\x1b[?25l"


class Terminal:
    """A program on a terminal of its own, its stdout there too or in a file."""

    def __init__(self, program: str, folder: Path, stdout: Path | None) -> None:
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x18\x00\x50\x00\x00\x00\x00\x00")  # 24 lines of 80
        script = folder / "program.py"
        script.write_text(program)
        environment = os.environ | {"TERM": "xterm-256color", "HPCFLOW_LOGGING_LEVEL": "OFF"}
        environment.pop("HPCFLOW_PROGRESS", None)
        with open(stdout or os.devnull, "wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, str(script)],
                cwd=folder,
                stdin=slave,
                stdout=slave if stdout is None else file,
                stderr=slave,
                env=environment,
                start_new_session=True,
            )
        os.close(slave)
        self.text = ""

    def read_until(self, pattern: str) -> None:
        """Read what appears until the pattern has, or the program has gone."""
        deadline_s = time.monotonic() + DEADLINE_S
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline_s, self.text
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self.master, 65536).decode(errors="replace")
                except OSError:  # nobody holds the other end any more
                    return

    def end(self) -> int:
        """Read the rest, and tell the exit code."""
        self.read_until(r"(?!)")
        return self.process.wait(DEADLINE_S)

    def last_bar(self) -> str:
        """The last state of the bar, without colours and the bar itself."""
        plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", self.text)
        bars = [line for line in re.split(r"[\r\n]+", plain) if line.startswith("sweep [a]")]
        return re.sub(r"\d+:\d\d", "T", " ".join(re.sub("[━╸╺]", "", bars[-1]).split()))


@contextmanager
def terminal(program: str, folder: Path, stdout: Path | None = None) -> Iterator[Terminal]:
    shown = Terminal(program, folder, stdout)
    try:
        yield shown
    finally:
        shown.process.kill()
        shown.process.wait(DEADLINE_S)
        os.close(shown.master)


def is_gone(group: int) -> bool:
    """Wait until no process of a group is left; False when one is at the deadline."""
    deadline_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline_s:
        try:
            os.killpg(group, 0)  # asks only
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def test_on_a_terminal_there_is_a_bar(tmp_path: Path) -> None:
    with terminal(PROGRAM.format(count=40, pause_s=0.01, free=20), tmp_path) as shown:
        shown.read_until(r"\d+/40.* left")  # the later half waits for the gate
        (tmp_path / "gate").touch()
        assert shown.end() == 0
    assert re.search(r"\d+/40.* left", shown.text)
    assert re.fullmatch(r"sweep \[a\] 40/40 1 failed \S+/(s|min|h) in T", shown.last_bar())
    assert HIDES_CURSOR not in shown.text
    assert shown.text.endswith("\r\nended\r\n")


def test_what_the_program_prints_goes_where_it_sent_it(tmp_path: Path) -> None:
    stdout = tmp_path / "stdout"
    with terminal(PROGRAM.format(count=40, pause_s=0.01, free=40), tmp_path, stdout) as shown:
        assert shown.end() == 0
    assert stdout.read_text() == "begun\nended\n"
    assert "begun" not in shown.text
    assert "40/40" in shown.text


def test_ctrl_c_leaves_the_terminal_clean_and_no_worker(tmp_path: Path) -> None:
    with terminal(PROGRAM.format(count=10_000, pause_s=0.0, free=100), tmp_path) as shown:
        shown.read_until(r"[1-9]\d*/10,000.*1 failed.* left")  # nearly all wait for the gate
        os.write(shown.master, b"\x03")
        shown.read_until(r"stopped after")
        (tmp_path / "gate").touch()
        assert shown.end() == 130
        assert is_gone(group=shown.process.pid)
    assert re.fullmatch(r"sweep \[a\] \d+/10,000 1 failed( \S+/(s|min|h))? stopped after T", shown.last_bar())
    assert HIDES_CURSOR not in shown.text
    after = shown.text.rpartition("stopped after")[2]
    assert re.match(r"[^\r\n]*\r\n", after)  # what comes next begins on a line of its own


def test_a_terminal_without_cursor_movement_gets_lines(tmp_path: Path) -> None:
    program = "import os\nos.environ['TERM'] = 'dumb'\n" + PROGRAM.format(count=4, pause_s=0.01, free=4)
    with terminal(program, tmp_path) as shown:
        assert shown.end() == 0
    assert "sweep [a]: 4/4 done, 1 failed" in shown.text
    assert "\x1b" not in shown.text
