"""How busy the pool's workers have been: `slot_usage`, for people who ask whether their cores had work."""

from __future__ import annotations

from dataclasses import dataclass

from hpcflow._engine.pool import shared_pool, shared_process_ids

__all__ = ["SlotUsage", "slot_usage"]


@dataclass(slots=True, frozen=True)
class SlotUsage:
    """What has happened at one slot since its pool was started."""

    slot: int
    cores: tuple[int, ...]  # those that its worker is bound to; empty: to none
    pid: int | None  # of its present worker; None: nothing has needed one yet, or it has just died
    attempts: int  # executions that ended here: a run that was retried counts more than once
    busy_s: float  # seconds spent in them; the rest is waiting for work
    deaths: int  # workers that died here


def slot_usage(max_workers: int | None = None) -> list[SlotUsage]:
    """Tell what each slot of the shared pool has done since the pool was started; an empty list where there is no pool.

    A slot is a seat for a worker, on a core of its own. It is told by slot, not by worker: a worker that dies is replaced at
    its slot, and the count goes on. `max_workers` is what the task runner was given: there is a pool for each number.

    To measure one piece of work ask before and after it, and subtract.

    Example:
        >>> from hpcflow import slot_usage, task
        >>> @task
        ... def double(number):
        ...     return 2 * number
        >>> before = sum(slot.attempts for slot in slot_usage())
        >>> double.map([1, 2, 3]).result()
        [2, 4, 6]
        >>> sum(slot.attempts for slot in slot_usage()) - before
        3
    """
    if not shared_process_ids():
        return []
    pool = shared_pool(max_workers)
    facts = enumerate(zip(pool.places, pool.engine.slot_facts(), strict=True))
    return [
        SlotUsage(slot, tuple(sorted(place)), pid or None, attempts, busy_s, deaths)
        for slot, (place, (pid, attempts, busy_s, deaths)) in facts
    ]
