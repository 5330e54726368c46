"""Whether who asks for a result is to await it. Prefect decides so: in async tasks and flows, and elsewhere within an event loop."""

from __future__ import annotations

import sys

from hpcflow._current import current_flow_run, current_task_run


def is_in_async_context() -> bool:
    """Tell whether the code that asks belongs to an async task or flow, or to none and to an event loop.

    Example:
        >>> is_in_async_context()
        False
    """
    task_run, flow_run = current_task_run.get(), current_flow_run.get()
    owner = None
    if task_run is not None and (flow_run is None or task_run.label.flow == flow_run.facts):
        owner = task_run.task
    elif flow_run is not None:
        owner = flow_run.flow
    if owner is not None:
        return bool(owner.isasync)
    if "asyncio" not in sys.modules:
        return False
    import asyncio  # lazy: only where it is loaded, or another thread is just loading it

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
