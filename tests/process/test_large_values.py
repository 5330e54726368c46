"""Values that travel in blocks of the arena: whole, private to whoever receives them, and their memory comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hpcflow._engine.outcomes import Ending
from hpcflow._engine.pool import Pool, shared_pool
from tests.crash import deeds
from tests.crash.driver import (
    DEADLINE_S,
    call,
    error_of,
    held,
    open_pool,
    outcome_of,
    start,
    start_after,
    value_of,
)

MIB = 2**20
# Around the sizes at which values change the way they travel: inline, in a block, in several pages.
SIZES = (0, 1, 500, 4095, 4096, 4097, 65_535, 65_536, 65_537, MIB + 3, 20 * MIB)

Array = np.ndarray[Any, np.dtype[Any]]


@pytest.fixture
def pool() -> Pool:
    return shared_pool(1)


def pattern(number: int, count: int) -> Array:
    return ((np.arange(count, dtype=np.uint32) * 7 + number) % 256).astype(np.uint8)


# --- what the workers do ----------------------------------------------------------------------------------------------


def make(number: int, count: int) -> Array:
    return pattern(number, count)


def give_back(value: Any) -> Any:
    return value


def is_intact(array: Array, number: int) -> bool:
    return bool((array == pattern(number, len(array))).all())


def write_and_sum(array: Array) -> tuple[int, bool]:
    """Write to all of an argument, and tell what it then holds."""
    writeable = array.flags.writeable
    array[:] = 1
    return int(array.sum()), writeable


def keep_argument(array: Array) -> None:
    deeds.keep(array)


def kept_are_intact() -> list[bool]:
    return [is_intact(array, number) for number, array in enumerate(deeds.kept_values())]


def keep_part(values: dict[str, Array]) -> int:
    deeds.keep(values["large"][1000:2000])
    return len(values["large"])


def last_kept() -> Any:
    return deeds.kept_values()[-1]


def flags_of(array: Array) -> tuple[bool, bool, tuple[int, ...], str]:
    return array.flags.c_contiguous, array.flags.f_contiguous, array.shape, array.dtype.str


def same_twice(count: int) -> tuple[Array, Array]:
    array = pattern(3, count)
    return array, array


def are_same(pair: tuple[Array, Array]) -> bool:
    return pair[0] is pair[1]


def total_of(*arrays: Array) -> int:
    return sum(int(array.sum(dtype=np.int64)) for array in arrays)


# --- whole and private ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size_bytes", SIZES)
def test_bytes_there_and_back(pool: Pool, size_bytes: int) -> None:
    value = pattern(5, size_bytes).tobytes()
    for sent in (value, bytearray(value), {"inside": value}):
        back = call(pool, give_back, sent)
        assert type(back) is type(sent)
        assert back == sent


@pytest.mark.parametrize("size_bytes", SIZES)
def test_array_there_and_back(pool: Pool, size_bytes: int) -> None:
    sent = pattern(9, size_bytes)
    back = call(pool, give_back, sent)
    assert back.dtype == sent.dtype
    assert np.array_equal(back, sent)
    assert back.flags.writeable
    back[:] = 0
    assert np.array_equal(sent, pattern(9, size_bytes))


def test_result_is_private(pool: Pool) -> None:
    run = start(pool, make, 4, MIB)
    first, second = value_of(run), value_of(run)
    assert first.flags.writeable
    first[:] = 0
    assert is_intact(second, 4)
    assert is_intact(value_of(run), 4), "what was written has not reached the block"


def test_argument_is_private(pool: Pool) -> None:
    sent = np.zeros(MIB, np.uint8)
    body = pool.body((sent,), {}, [])
    for _ in range(2):  # the same block twice: the first run's writing has not reached the second
        run = pool.engine.submit(pool.function(write_and_sum), body)
        assert run is not None
        assert value_of(run) == (MIB, True)
    assert not sent.any()


def test_argument_is_a_copy_of_its_moment(pool: Pool) -> None:
    sent = pattern(1, MIB)
    with held(pool):
        run = start(pool, is_intact, sent, 1)
        sent[:] = 0
    assert value_of(run)


def test_upstream_value_is_private(pool: Pool) -> None:
    upstream = start(pool, make, 2, MIB)
    writing = start_after(pool, write_and_sum, upstream)
    reading = start_after(pool, total_of, upstream)
    assert value_of(writing) == (MIB, True)
    assert value_of(reading) == int(pattern(2, MIB).sum(dtype=np.int64))
    assert is_intact(value_of(upstream), 2)


def test_chain_through_workers() -> None:
    with open_pool(2) as pool:
        run = start(pool, make, 6, 4 * MIB)
        for _ in range(20):
            run = start_after(pool, give_back, run)
        assert is_intact(value_of(run), 6)
        del run


def test_read_only_stays_read_only(pool: Pool) -> None:
    sent = pattern(1, MIB)
    sent.flags.writeable = False
    assert not call(pool, give_back, sent).flags.writeable


# --- kinds of arrays --------------------------------------------------------------------------------------------------


KINDS: dict[str, Array] = {
    "Fortran order": np.asfortranarray(np.arange(300_000.0).reshape(300, 1000)),
    "not contiguous": np.arange(600_000.0).reshape(600, 1000)[::2, ::3],
    "reversed": np.arange(200_000)[::-1],
    "no elements": np.empty((0, 5, 7)),
    "no dimension": np.array(3.5),
    "no bytes": np.empty(100_000, dtype="V0"),
    "three dimensions": np.arange(240_000, dtype=np.int16).reshape(20, 30, 400).transpose(2, 0, 1),
    "records": np.array([(n, n / 3, b"x") for n in range(20_000)], dtype=[("a", "i8"), ("b", "f4"), ("c", "S3")]),
    "objects": np.array([None, "text", (1, 2), 10**30] * 50_000, dtype=object),
    "text": np.array([f"row {n}" for n in range(20_000)]),
    "dates": np.arange(100_000).astype("datetime64[s]"),
    "big-endian": np.arange(50_000, dtype=">f8"),
    "complex": np.arange(50_000) * (1 + 2j),
}


@pytest.mark.parametrize("array", KINDS.values(), ids=KINDS)
def test_kinds_of_arrays(pool: Pool, array: Array) -> None:
    expected = call(pool, flags_of, array)
    back = call(pool, give_back, array)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert np.array_equal(back, array)
    assert (back.flags.c_contiguous, back.flags.f_contiguous, back.shape, back.dtype.str) == expected
    if array.flags.f_contiguous:
        assert back.flags.f_contiguous


def test_same_array_twice(pool: Pool) -> None:
    first, second = call(pool, same_twice, MIB)
    assert first is second
    assert call(pool, are_same, (first, first))
    pair = call(pool, give_back, [first, first[:1000], first])
    assert pair[0] is pair[2]
    assert is_intact(pair[0], 3)
    assert is_intact(pair[1], 3)


def test_many_buffers_in_one_value(pool: Pool) -> None:
    sent = {number: pattern(number, 70_000 + number) for number in range(200)}
    back = call(pool, give_back, sent)
    assert all(is_intact(back[number], number) for number in range(200))
    back[7][:] = 0
    assert is_intact(back[8], 8)


def test_large_stream_without_buffers(pool: Pool) -> None:
    # Larger than a lane's outbox (1 MiB): it travels in a block.
    value = [(number, str(number), complex(number)) for number in range(200_000)]
    assert call(pool, give_back, value) == value


def test_large_stream_beside_large_buffers(pool: Pool) -> None:
    value = [[complex(number) for number in range(50_000)], pattern(1, MIB), "text" * 100_000, pattern(2, MIB)]
    back = call(pool, give_back, value)
    assert back[0] == value[0]
    assert back[2] == value[2]
    assert is_intact(back[1], 1)
    assert is_intact(back[3], 2)


def test_large_error(pool: Pool) -> None:
    error = error_of(start(pool, deeds.raise_error, ValueError("bad rows", pattern(1, MIB))))
    assert error.args[0] == "bad rows"
    assert is_intact(error.args[1], 1)


def test_large_common_arguments(pool: Pool) -> None:
    codec = pool._codec
    encoded = codec.encode({"array": pattern(8, 4 * MIB)})
    common = pool.engine.pack(encoded.data, encoded.buffers)
    rows = [pool.body((), {"number": 8 + number % 2}, []) for number in range(50)]
    table = pool.engine.pack_table(rows)
    span = pool.engine.map(pool.function(is_intact), 50, [table], 50, common=common)
    assert span is not None
    assert span.wait(DEADLINE_S)
    values, others = span.plain_values(None)
    assert (values, others) == ([True, False] * 25, [])


# --- what outlives what -----------------------------------------------------------------------------------------------


def test_kept_arguments_keep_their_values() -> None:
    with open_pool(1) as pool:
        for number in range(10):
            call(pool, keep_argument, pattern(number, 300_000))
        for number in range(50):  # their blocks are used again and again
            assert call(pool, is_intact, pattern(number, 300_000), number)
            assert is_intact(call(pool, make, number, 300_000), number)
        assert call(pool, kept_are_intact) == [True] * 10


def test_kept_part_of_an_argument() -> None:
    with open_pool(1) as pool:
        assert call(pool, keep_part, {"large": pattern(5, MIB)}) == MIB
        for number in range(20):
            call(pool, give_back, pattern(number, MIB))
        assert np.array_equal(call(pool, last_kept), pattern(5, MIB)[1000:2000])


def test_kept_upstream_value() -> None:
    with open_pool(1) as pool:
        upstream = start(pool, make, 0, 300_000)
        value_of(start_after(pool, keep_argument, upstream))
        del upstream
        for number in range(30):
            assert is_intact(call(pool, make, number, 300_000), number)
        assert call(pool, kept_are_intact) == [True]


def test_results_outlive_their_pool() -> None:
    with open_pool(1) as pool:
        read = [call(pool, make, number, MIB) for number in range(3)]
        unread = [start(pool, make, number, MIB) for number in range(3, 6)]
        for run in unread:
            assert run.wait(DEADLINE_S)
    del pool
    read[0][:] = 0
    assert all(is_intact(array, number) for number, array in enumerate(read) if number)
    assert all(is_intact(value_of(run), number) for number, run in enumerate(unread, start=3))


@pytest.mark.kills_workers
def test_results_outlive_their_worker() -> None:
    with open_pool(1) as pool:
        runs = [start(pool, make, number, MIB) for number in range(5)]
        assert all(run.wait(DEADLINE_S) for run in runs)
        assert outcome_of(start(pool, deeds.leave, 1)).ending == Ending.CRASHED
        others = [call(pool, make, number, MIB) for number in range(5, 10)]
        assert all(is_intact(value_of(run), number) for number, run in enumerate(runs))
        assert all(is_intact(array, number) for number, array in enumerate(others, start=5))


def test_part_of_a_result_keeps_it(pool: Pool) -> None:
    part = call(pool, make, 1, MIB)[5000:6000]
    for number in range(20):
        call(pool, make, number, MIB)
    assert np.array_equal(part, pattern(1, MIB)[5000:6000])
