"""What the parent tells the template at its start, as one dict that marshal can carry."""

from __future__ import annotations

from typing import TypedDict


class WorkerConfig(TypedDict):
    """Facts that all workers of one pool share."""

    parent_pid: int
    control_fd: int  # the socket to the coordinator
    arena_fd: int
    doorbell_fd: int  # the coordinator's eventfd
    slot_count: int
    budget_bytes: int
    places: list[list[int]]  # for each slot the hardware threads to be pinned to; empty: leave the mask alone
    sys_path: list[str]
    authkey: bytes  # of multiprocessing
    preload: list[str]
    initializer: bytes  # a pickled (function, arguments), or nothing
