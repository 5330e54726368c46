"""Connections of multiprocessing and sockets as arguments and results. Each in a program: the helper thread stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.programs import program

PRELUDE = """
    import os
    os.environ["TMPDIR"] = "/tmp"  # the helper thread's socket lies there, and its path must be short
    import multiprocessing, socket
    import multiprocessing.connection
    from hpcflow import task
    from hpcflow.executor import Executor

    def send(connection, value):
        connection.send(value)
        return "sent"

    def send_all(socket, text):
        socket.sendall(text)
        return socket.fileno() > 2

    def open_pipe():
        ours, theirs = multiprocessing.Pipe()
        theirs.send("from the worker")
        return {"ends": [ours]}

    ours, theirs = multiprocessing.Pipe()
    one, other = socket.socketpair()
"""

USES = {
    "connection": (
        """
    with Executor(1) as executor:
        print(executor.submit(send, theirs, [1, 2]).result(), ours.recv())""",
        "sent [1, 2]",
    ),
    "connection within": (
        """
    with Executor(1) as executor:
        print(executor.submit(lambda ends: ends["a"][0].send(5), {"a": [theirs]}).result(), ours.recv())""",
        "None 5",
    ),
    "socket": (
        """
    with Executor(1) as executor:
        print(executor.submit(send_all, other, b"hello").result(), one.recv(10))""",
        "True b'hello'",
    ),
    "result": (
        """
    with Executor(1) as executor:
        print(executor.submit(open_pipe).result()["ends"][0].recv())""",
        "from the worker",
    ),
    "task": (
        """
    print(task(send).submit(theirs, 7).result(), ours.recv())""",
        "sent 7",
    ),
}


@pytest.mark.parametrize(("use", "printed"), USES.values(), ids=USES)
def test_a_connection_arrives_as_one(tmp_path: Path, use: str, printed: str) -> None:
    with program(PRELUDE + use.removeprefix("\n") + "\n", tmp_path) as started:
        assert started.wait() == 0, started.stderr()
        assert started.stdout().strip() == printed
