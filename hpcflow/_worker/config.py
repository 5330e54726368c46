"""What the parent tells the template at its start, as one dict that marshal can carry.

With it come, through the socket, the arena and the coordinator's eventfd.
"""

from __future__ import annotations

from typing import TypedDict


class WorkerConfig(TypedDict):
    """Facts that all workers of one pool share."""

    slot_count: int
    budget_bytes: int
    arrays_in_place: bool  # whether NumPy may place large arrays in the workers' segments
    places: list[list[int]]  # for each slot the hardware threads to be pinned to; empty: leave the mask alone
    id_key: tuple[int, int]  # of the ids of its runs
    authkey: bytes  # of multiprocessing
    preload: list[str]
    environment: dict[str, str]  # what workers' differs in from the parent's: limits of BLAS and OpenMP
    initializer: bytes  # a pickled (function, arguments), or nothing
