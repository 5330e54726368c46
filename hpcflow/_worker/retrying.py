"""Whether a failed attempt is followed by another one, and after how long. Decided where the exception is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hpcflow.context import surrounding_task_run
from hpcflow.states import Failed, State

if TYPE_CHECKING:
    from hpcflow._worker.attempt import Plan


def again_after_s(plan: Plan, attempt: int, failure: Exception | State[Any]) -> float | None:
    """Tell how long to wait before the next attempt; None: there is none.

    Example:
        >>> from hpcflow._worker.attempt import Plan
        >>> plan = Plan(retries=2, delays_s=(1.0, 5.0))
        >>> [again_after_s(plan, attempt, ValueError()) for attempt in (1, 2, 3)]
        [1.0, 5.0, None]
    """
    if attempt > plan.retries:
        return None
    answer = _asked(plan, failure)
    if hasattr(answer, "__await__"):
        import asyncio  # lazy: only for conditions that are async

        answer = asyncio.run(_awaited(plan, answer))
    return jittered(plan.delay_s(attempt), plan.jitter) if answer else None


async def awaited_again_after_s(plan: Plan, attempt: int, failure: Exception | State[Any]) -> float | None:
    """Do what `again_after_s` does, within an event loop.

    Example:
        >>> import asyncio
        >>> from hpcflow._worker.attempt import Plan
        >>> asyncio.run(awaited_again_after_s(Plan(retries=1), 1, ValueError()))
        0.0
    """
    if attempt > plan.retries:
        return None
    answer = _asked(plan, failure)
    if hasattr(answer, "__await__"):
        answer = await _awaited(plan, answer)
    return jittered(plan.delay_s(attempt), plan.jitter) if answer else None


def jittered(delay_s: float, factor: float) -> float:
    """Vary a delay, so that what failed together is not tried again together.

    The delay is drawn from the exponential distribution around it, cut off at `1 + factor` times the delay, and below where the
    mean stays about the same.

    Example:
        >>> jittered(10.0, 0.0)
        10.0
        >>> 0.0 <= jittered(10.0, 0.5) <= 15.0
        True
    """
    if delay_s <= 0 or factor <= 0:
        return delay_s
    most = 1 + factor
    least = -math.log2(1 - 2**-most)
    import random  # lazy: few retries have jitter

    share = random.uniform(math.exp(-most), math.exp(-least))
    return -math.log(share) * delay_s


def _asked(plan: Plan, failure: Exception | State[Any]) -> Any:
    """Ask the task's condition; what it raises counts as no, and is told."""
    task = plan.asks
    if task is None:
        return True
    if isinstance(failure, State):
        state = failure
    else:
        state = Failed(data=failure, message=f"Task run encountered unexpected exception: {failure!r}")
    try:
        return task.options.retry_condition_fn(task, surrounding_task_run(), state)
    except Exception:  # noqa: BLE001 - the user's function may raise anything
        _tell(task)
        return False


async def _awaited(plan: Plan, answer: Any) -> Any:
    try:
        return await answer
    except Exception:  # noqa: BLE001 - as above
        _tell(plan.asks)
        return False


def _tell(task: Any) -> None:
    import logging  # lazy: only for this

    logging.getLogger("hpcflow.task_runs").error(
        "An error was encountered while running `retry_condition_fn` check '%r' for task %r",
        task.options.retry_condition_fn,
        task.name,
        exc_info=True,
    )
