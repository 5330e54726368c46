"""Where a call stands: in which flow run, or in none.

Context variables, as asyncio and threads have them: an async flow's tasks see their own flow run, and a thread that the user
starts sees none. Set by `flows`, asked by `tasks`.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpcflow.flow_runs import FlowRun

__all__ = ["current_flow_run"]

current_flow_run: ContextVar[FlowRun | None] = ContextVar("hpcflow_flow_run", default=None)
