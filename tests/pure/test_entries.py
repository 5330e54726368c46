"""Entries on disk: what is written is read, and what is not whole is not."""

from __future__ import annotations

import fcntl
import math
import os
import struct
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpcflow._worker import entries
from hpcflow._worker.entries import MISSING, UnreadableEntryError, content_of, path_of, read_entry, write_entry


def write(folder: Path, value: Any, name: str = "entry", lifetime_s: float = math.inf) -> str:
    path = path_of(str(folder), name)
    write_entry(str(folder), path, value, lifetime_s=lifetime_s, names={})
    return path


def read(path: str | Path) -> Any:
    return read_entry(str(path), {})


VALUES: list[Any] = [
    *(None, 1, "text", [1, 2], {"a": (1, {2})}, b"", b"x" * 200_000, bytearray(b"y" * 200_000), "z" * 500_000),
    *(list(range(20_000)), [np.arange(3), np.arange(50_000.0), np.ones((300, 300), order="F")]),
    {"a": np.zeros(100_000), "b": [np.arange(100_000) for _ in range(300)]},
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_what_is_written_is_read(tmp_path: Path, value: Any) -> None:
    found = read(write(tmp_path, value))
    np.testing.assert_equal(found, value)
    assert type(found) is type(value)


def test_nothing_there_is_no_error(tmp_path: Path) -> None:
    assert read(tmp_path / "nothing") is MISSING
    assert read(tmp_path / "no folder" / "nothing") is MISSING


def test_arrays_arrive_writable_and_private(tmp_path: Path) -> None:
    path = write(tmp_path, np.zeros(100_000))
    one, other = read(path), read(path)
    one[:] = 1
    assert one.flags.writeable
    assert other.sum() == 0
    assert read(path).sum() == 0
    assert isinstance(one.base, memoryview) or one.base is not None  # it stands on the file: no copy was made


def test_what_is_read_is_what_would_be_mapped(tmp_path: Path) -> None:
    path = Path(write(tmp_path, np.arange(100_000)))
    with path.open("rb") as file:
        size = path.stat().st_size
        for is_mapped in (True, False):
            content = content_of(file.fileno(), size, is_mapped=is_mapped)
            assert content[:] == path.read_bytes()
            content[-1] ^= 1  # of our own
        assert read(path)[-1] == 99_999
        with pytest.raises(UnreadableEntryError, match="cut off"):
            content_of(file.fileno(), size + 1, is_mapped=False)


def test_read_only_arrays_stay_so(tmp_path: Path) -> None:
    array = np.zeros(100_000)
    array.flags.writeable = False
    assert not read(write(tmp_path, array)).flags.writeable


def test_a_value_is_replaced_and_who_reads_the_old_one_reads_on(tmp_path: Path) -> None:
    old = read(write(tmp_path, np.zeros(100_000)))
    assert read(write(tmp_path, np.ones(100_000))).sum() == 100_000
    assert old.sum() == 0
    assert os.listdir(tmp_path / ".writing") == []


def test_names_make_folders_and_never_leave_the_folder(tmp_path: Path) -> None:
    assert read(write(tmp_path, 1, "a/b/c")) == 1
    assert (tmp_path / "a" / "b" / "c").is_file()
    assert read(write(tmp_path, 2, "n" * 1000)) == 2
    assert read(write(tmp_path, 3, "n" * 1001)) == 3
    for name in ("../x", "a/../../x", "/etc/x", ".", "a/.."):
        with pytest.raises(ValueError, match="is outside of the base path"):
            path_of(str(tmp_path), name)


# --- what cannot be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [{"small": 1}, np.arange(100_000)], ids=["small", "large"])
def test_no_part_of_an_entry_is_an_entry(tmp_path: Path, value: Any) -> None:
    path = Path(write(tmp_path, value))
    whole = path.read_bytes()
    for size in {*range(min(len(whole), 300)), len(whole) // 2, len(whole) - 17, len(whole) - 1}:
        path.write_bytes(whole[:size])
        with pytest.raises(UnreadableEntryError):
            read(path)
    path.write_bytes(whole + b"x")
    with pytest.raises(UnreadableEntryError):
        read(path)
    path.write_bytes(whole)
    np.testing.assert_equal(read(path), value)


def test_damage_is_seen(tmp_path: Path) -> None:
    path = Path(write(tmp_path, list(range(50))))
    whole = bytearray(path.read_bytes())
    for position in range(8, len(whole), 7):
        damaged = bytearray(whole)
        damaged[position] ^= 0x55
        path.write_bytes(damaged)
        try:
            found = read(path)
        except UnreadableEntryError:
            continue
        # The version of Python, the flags and the lifetime say nothing of the value.
        assert found is MISSING or found == list(range(50))


def test_another_format_or_python_is_told(tmp_path: Path) -> None:
    path = Path(write(tmp_path, lambda: 1))
    whole = path.read_bytes()
    assert read(path)() == 1
    path.write_bytes(whole[:8] + struct.pack("<H", 99) + whole[10:])
    with pytest.raises(UnreadableEntryError, match="format 99"):
        read(path)
    path.write_bytes(whole[:10] + bytes([3, 5]) + whole[12:])
    with pytest.raises(UnreadableEntryError, match=r"code for Python 3\.5"):
        read(path)
    path.write_bytes(b"something else altogether")
    with pytest.raises(UnreadableEntryError, match="not written by hpcflow"):
        read(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(UnreadableEntryError):
        read(path)


def test_plain_values_are_read_by_every_python(tmp_path: Path) -> None:
    path = Path(write(tmp_path, [1]))
    whole = path.read_bytes()
    path.write_bytes(whole[:10] + bytes([3, 5]) + whole[12:])
    assert read(path) == [1]


class Gone:
    pass


def test_a_class_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, Gone())
    monkeypatch.delitem(globals(), "Gone")
    with pytest.raises(UnreadableEntryError, match="AttributeError"):
        read(path)


# --- lifetime ---------------------------------------------------------------------------------------------------------


def test_an_entry_lives_as_long_as_its_writer_said(tmp_path: Path) -> None:
    path = write(tmp_path, 1, lifetime_s=3600)
    assert read(path) == 1
    os.utime(path, (time.time(), time.time() - 3599))
    assert read(path) == 1
    os.utime(path, (time.time(), time.time() - 3601))
    assert read(path) is MISSING
    assert read(write(tmp_path, 1, lifetime_s=-1)) is MISSING


# --- writers ----------------------------------------------------------------------------------------------------------


def test_leftovers_of_the_dead_are_swept_and_those_of_the_living_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "_swept", set())
    unfinished = tmp_path / ".writing"
    unfinished.mkdir()
    (unfinished / "dead").write_bytes(b"half")
    with (unfinished / "living").open("wb") as living:
        fcntl.flock(living, fcntl.LOCK_EX)
        write(tmp_path, 1)
        assert sorted(os.listdir(unfinished)) == ["living"]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cannot pickle"):
        write(tmp_path, threading.Lock())
    (tmp_path / "entry").mkdir()
    with pytest.raises(OSError, match="directory"):
        write(tmp_path, 1)
    assert os.listdir(tmp_path / ".writing") == []


def test_threads_write_and_read_one_key(tmp_path: Path) -> None:
    path = path_of(str(tmp_path), "entry")
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(30):
                write(tmp_path, np.full(20_000, number))
                found = read(path)
                assert found.min() == found.max()
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert os.listdir(tmp_path / ".writing") == []
