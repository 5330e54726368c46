"""The fixture that looks for what tests leave behind does find it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator

import pytest

from tests import leaks
from tests.leaks import allowed_children, close_shared_pool, footprint, left_since


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    close_shared_pool()  # one that still starts workers would change what is found from one look to the next
    monkeypatch.setattr(leaks, "SETTLE_DEADLINE_S", 0.0)
    yield
    monkeypatch.undo()


def test_finds_a_descriptor() -> None:
    before = footprint()
    reader, writer = os.pipe()
    assert [trace.partition(":")[0] for trace in left_since(before, pool_before=allowed_children())] == sorted(
        f"descriptor {number}" for number in (reader, writer)
    )
    os.close(reader)
    os.close(writer)
    assert left_since(before, pool_before=allowed_children()) == []


def test_finds_an_arena() -> None:
    before = footprint()
    descriptor = os.memfd_create("hpcflow-test")
    assert len(left_since(before, pool_before=allowed_children())) == 1
    os.close(descriptor)


def test_finds_a_child() -> None:
    before = footprint()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert any(
            f"child process {child.pid}" in trace for trace in left_since(before, pool_before=allowed_children())
        )
    assert left_since(before, pool_before=allowed_children()) == []


def test_finds_a_thread() -> None:
    before = footprint()
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="left")
    thread.start()
    assert any("thread 'left'" in trace for trace in left_since(before, pool_before=allowed_children()))
    end.set()
    thread.join()
    assert left_since(before, pool_before=allowed_children()) == []


def test_finds_a_file() -> None:
    before = footprint()
    with tempfile.NamedTemporaryFile(prefix="hpcflow-"):
        assert any(trace.startswith("file ") for trace in left_since(before, pool_before=allowed_children()))
    assert left_since(before, pool_before=allowed_children()) == []
