"""Results on disk: one file an entry, written whole or not at all.

Called by `caching`, in whichever process executes a run. An entry is written to a file of its own in the folder `.writing`
and renamed to its place, so a reader finds all of one entry or nothing, whoever is killed when; of two writers of one key the
last one stands, and who has begun to read the older one reads on in it. A writer holds a lock (flock) on its unfinished file, and the
kernel lets go of it when the writer dies: so whoever writes next can tell what is left over from what is being written, on a
file system that many machines share too, and removes it.

Nothing is synced to the disk: a process that dies loses nothing that it wrote, and a machine that dies costs at most the last results,
which are then computed once more. What such a death leaves is recognised: the head has the entry's size and a digest of the pickle, and
the mark in the head must stand again in the last bytes of the file.

    head      magic, version of the format, Python's version, lifetime, sizes, digest of table and stream, mark
    table     of each buffer: where, how long, read-only or not
    stream    pickle, protocol 5
    buffers   each at a page of its own, as it lay in memory
    mark      16 random bytes, as in the head

A buffer is written from the memory of the value and read by mapping the file, private and copy-on-write: an array arrives writable,
at the cost of the pages that are touched, and what is written into it reaches nobody else. On file systems that take a replaced file
away from who has it mapped (NFS), it is read instead.

Entries are pickles: who may write the folder may run code as whoever reads it.
"""

from __future__ import annotations

import contextlib
import fcntl
import math
import mmap
import os
import struct
import sys
import time
from typing import TYPE_CHECKING, Any

from hpcflow._machine.mounts import keeps_open_files
from hpcflow._named_tuples import NamedTuple
from hpcflow._worker import naming
from hpcflow.errors import HpcflowError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from hashlib import blake2b

    from hpcflow._worker.naming import Names

if not TYPE_CHECKING:
    try:
        from _blake2 import blake2b  # what hashlib would give, without loading OpenSSL first
    except ImportError:
        from hashlib import blake2b

__all__ = ["MISSING", "UnreadableEntryError", "read_entry", "write_entry"]

_MAGIC = b"hpcflow\0"
_FORMAT = 1
_HAS_CODE = 1  # flag: functions or classes travel by value, which no other version of Python can read
# magic, format, Python's major and minor version, flags, lifetime, bytes of stream, count of buffers, digest, mark
_HEAD = struct.Struct("<8sHBBIdQI16s16s")
_BUFFER = struct.Struct("<QQB")
_MARK_BYTES = 16
_PAGE_BYTES = 4096
# What a first read asks for: small entries need no second one, and no mapping.
_FIRST_READ_BYTES = 64 * 1024
# Of one writev; the kernel takes no more than 1024 pieces, and no more than 2 GiB.
_PIECES_MOST = 256
_UNFINISHED = ".writing"
_NAME_BYTES_MOST = 200  # of one part of a path; file systems end at 255

MISSING: Any = object()

_swept: set[str] = set()  # folders in which this process has looked for leftovers


class UnreadableEntryError(HpcflowError):
    """Say why an entry cannot be read: it is damaged, or of another version, or what it holds is gone."""


class _Head(NamedTuple):
    magic: bytes
    format: int
    major: int
    minor: int
    flags: int
    lifetime_s: float
    stream_bytes: int
    buffer_count: int
    digest: bytes
    mark: bytes


def path_of(folder: str, key: str) -> str:
    """Give the file of a key.

    Raises:
        ValueError: the key leads out of the folder.

    Example:
        >>> path_of("/data", "iris/svm")
        '/data/iris/svm'
        >>> path_of("/data", "../etc/passwd")
        Traceback (most recent call last):
        ValueError: Provided path /etc/passwd is outside of the base path /data.
    """
    if "/" not in key and not key.startswith(".") and len(key) <= _NAME_BYTES_MOST // 4:
        return f"{folder}/{key}"  # what nearly all are
    parts = [part if len(os.fsencode(part)) <= _NAME_BYTES_MOST else _shortened(part) for part in key.split("/")]
    path = os.path.normpath(os.path.join(folder, *parts) if not key.startswith("/") else key)
    if os.path.commonpath([folder, path]) != folder or path == folder:
        message = f"Provided path {path} is outside of the base path {folder}."
        raise ValueError(message)
    return path


def _shortened(part: str) -> str:
    digest = blake2b(os.fsencode(part), digest_size=16).hexdigest()
    return f"{part[:40]}-{digest}"


# --- writing ----------------------------------------------------------------------------------------------------------


def write_entry(folder: str, path: str, value: object, *, lifetime_s: float, names: Names) -> None:
    """Write a value, in place of what stood at the path.

    Raises OSError, and what pickling raises.
    """
    data, buffers = naming.encode(value, names)
    unfinished = os.path.join(folder, _UNFINISHED)
    os.makedirs(unfinished, exist_ok=True)
    if unfinished not in _swept:
        _swept.add(unfinished)
        _sweep(unfinished)
    temporary, file = _new_file(unfinished)
    try:
        views = [memoryview(buffer.raw()) for buffer in buffers]
        _write_all(file, _pieces(data, views, lifetime_s))
        _rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    finally:
        os.close(file)  # and with it goes the lock


def _pieces(data: bytes, views: list[memoryview], lifetime_s: float) -> Iterator[Any]:
    """Give all that makes an entry, in order."""
    end = _HEAD.size + len(views) * _BUFFER.size + len(data)
    table = bytearray()
    gaps: list[int] = []
    for view in views:
        gaps.append(-end % _PAGE_BYTES)
        table += _BUFFER.pack(end + gaps[-1], view.nbytes, view.readonly)
        end += gaps[-1] + view.nbytes
    flags = _HAS_CODE if data.find(b"cloudpickle.cloudpickle") >= 0 else 0
    mark = os.urandom(_MARK_BYTES)
    digest = _digest(table, data)
    yield _HEAD.pack(*(_MAGIC, _FORMAT, *sys.version_info[:2], flags, lifetime_s, len(data), len(views)), digest, mark)
    yield table
    yield data
    for gap, view in zip(gaps, views, strict=True):
        yield bytes(gap)
        yield view
    yield mark


def _digest(table: Any, data: Any) -> bytes:
    state = blake2b(table, digest_size=16)
    state.update(data)
    return state.digest()


def _write_all(file: int, pieces: Iterator[Any]) -> None:
    left = [memoryview(piece).cast("B") for piece in pieces if len(piece)]
    while left:
        written = os.writev(file, left[:_PIECES_MOST])
        while written:
            if written < left[0].nbytes:
                left[0] = left[0][written:]
                break
            written -= left.pop(0).nbytes


def _rename(temporary: str, path: str) -> None:
    try:
        os.rename(temporary, path)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.rename(temporary, path)


# --- leftovers --------------------------------------------------------------------------------------------------------


def _new_file(folder: str) -> tuple[str, int]:
    """Make a file of our own, locked as long as it is open."""
    while True:
        path = os.path.join(folder, os.urandom(12).hex())
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file).st_nlink:
                return path, file
        except BlockingIOError:
            pass  # one who sweeps was quicker than our lock, and removes it: take another
        except OSError:
            return path, file  # a file system without locks: nobody sweeps there
        os.close(file)


def _sweep(folder: str) -> None:
    """Remove what writers have left that died: what nobody holds a lock on."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue  # finished meanwhile, or not ours to open
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
        except OSError:
            continue  # it is being written, or swept by another
        finally:
            os.close(file)


# --- reading ----------------------------------------------------------------------------------------------------------


def read_entry(path: str, names: Names) -> Any:
    """Give the value that stands at the path; MISSING if there is none, or its time is over.

    Raises:
        UnreadableEntryError: there is one that cannot be read.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except OSError as error:
        raise UnreadableEntryError(str(error)) from error
    try:
        facts = os.fstat(file)
        content: Any = os.read(file, min(facts.st_size, _FIRST_READ_BYTES))
        head = _head_of(content)
        if head.lifetime_s != math.inf and time.time() - facts.st_mtime >= head.lifetime_s:
            return MISSING
        if facts.st_size > len(content):
            content = content_of(file, facts.st_size, is_mapped=keeps_open_files(facts.st_dev))
    except OSError as error:
        raise UnreadableEntryError(str(error)) from error
    finally:
        os.close(file)
    return _decoded(head, memoryview(content), names)


def content_of(file: int, size: int, *, is_mapped: bool) -> mmap.mmap:
    """Give all of a file as memory of our own: mapped, or read where a mapping would not outlive the file."""
    if is_mapped:
        return mmap.mmap(file, size, access=mmap.ACCESS_COPY)
    memory = mmap.mmap(-1, size)
    view, read = memoryview(memory), 0
    while read < size:
        count = os.preadv(file, [view[read:]], read)
        if not count:
            message = "it is cut off"
            raise UnreadableEntryError(message)
        read += count
    return memory


def _head_of(content: bytes) -> _Head:
    if len(content) < _HEAD.size or not content.startswith(_MAGIC):
        message = "it is cut off" if _MAGIC.startswith(content[: len(_MAGIC)]) else "it was not written by hpcflow"
        raise UnreadableEntryError(message)
    head = _Head(*_HEAD.unpack_from(content))
    if head.format != _FORMAT:
        message = f"it has format {head.format}, and this hpcflow reads format {_FORMAT}"
        raise UnreadableEntryError(message)
    if head.flags & _HAS_CODE and (head.major, head.minor) != sys.version_info[:2]:
        message = f"it holds code for Python {head.major}.{head.minor}"
        raise UnreadableEntryError(message)
    return head


def _decoded(head: _Head, content: memoryview, names: Names) -> Any:
    table_end = _HEAD.size + head.buffer_count * _BUFFER.size
    stream_end = table_end + head.stream_bytes
    rows = [] if len(content) < stream_end else list(_BUFFER.iter_unpack(content[_HEAD.size : table_end]))
    end = rows[-1][0] + rows[-1][1] if rows else stream_end
    if len(content) != end + _MARK_BYTES or content[end:] != head.mark:
        message = "it is cut off, or its end is not that of its beginning"
        raise UnreadableEntryError(message)
    stream = content[table_end:stream_end]
    if _digest(content[_HEAD.size : table_end], stream) != head.digest:
        message = "its bytes are not those that were written"
        raise UnreadableEntryError(message)
    buffers = [
        content[first : first + size].toreadonly() if is_readonly else content[first : first + size]
        for first, size, is_readonly in rows
    ]
    try:
        return naming.decode(stream, buffers, names)
    except Exception as error:
        message = f"what it holds cannot be made anew: {type(error).__name__}: {error}"
        raise UnreadableEntryError(message) from error
