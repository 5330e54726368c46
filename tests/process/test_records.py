"""What workers tell the parent beside outcomes: ids and names that both sides agree on, and log records."""

from __future__ import annotations

import logging
import os
import select

import pytest

from hpcflow import _native, flow, task
from hpcflow._wire.records import LOG, RecordParts, RecordSender
from hpcflow.context import surrounding_flow, surrounding_task_run


@task(task_run_name="of {number}")
def who_am_i(number: int, scale: int = 2) -> tuple[str, str, dict[str, int], str | None]:
    run = surrounding_task_run()
    assert run is not None
    facts = surrounding_flow()
    return run.name, str(run.id), run.parameters, facts and facts.flow_name


@task
def usual(number: int) -> tuple[str, str]:
    run = surrounding_task_run()
    assert run is not None
    return run.name, str(run.id)


@task
def log_lines(number: int) -> None:
    logger = logging.getLogger("lab.bench")
    logger.warning("first of %s", number)
    logger.warning("second of %s", number)
    logger.warning("%s", "x" * 100_000)  # more than a packet


def test_parent_and_worker_agree_on_ids_and_names() -> None:
    @flow
    def lab() -> None:
        single = who_am_i.submit(1)
        mapped = who_am_i.map([2, 3])
        for future in [single, *mapped]:
            name, run_id, _, flow_name = future.result()
            assert (name, run_id, flow_name) == (future.name, str(future.task_run_id), "lab")
        for plain in usual.map(range(20)):
            assert plain.result() == (plain.name, str(plain.task_run_id))
        assert single.result()[2] == {"number": 1, "scale": 2}
        assert who_am_i(4)[2:] == ({"number": 4, "scale": 2}, "lab")

    lab()
    assert who_am_i.submit(5).result()[3] is None


def test_log_records_of_workers_reach_the_loggers_here_in_order(caplog: pytest.LogCaptureFixture) -> None:
    from hpcflow._engine.pool import close_shared_pool

    log_lines.map(range(3)).result()
    close_shared_pool()
    messages = [record.getMessage() for record in caplog.records if record.name == "lab.bench"]
    assert len(messages) == 9
    for number in range(3):
        assert messages.index(f"first of {number}") < messages.index(f"second of {number}")
    assert sum(message == "x" * 100_000 for message in messages) == 3


def test_what_a_sender_left_unfinished_spoils_nothing_of_the_next_with_its_pid() -> None:
    ours, theirs = _native.socket_pair()
    sender, parts = RecordSender(theirs), RecordParts()
    packets = []
    for record in ((LOG, 1, "x" * 100_000), (LOG, 2, "y" * 100_000)):
        sender.send(record)
        while select.select([ours], [], [], 0)[0]:
            packets.append(os.read(ours, 1 << 17))
    half = len(packets) // 2
    assert half > 1
    arrived = [record for packet in (*packets[: half - 1], *packets[half:]) for record in parts.join(packet)]
    assert arrived == [(LOG, 2, "y" * 100_000)]
    os.close(ours)
    os.close(theirs)
