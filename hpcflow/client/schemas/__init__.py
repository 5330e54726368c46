"""The types of runs and states, by one of the names that Prefect has for their module."""

from __future__ import annotations

from hpcflow.client.schemas.objects import FlowRun, State, StateType, TaskRun

__all__ = ["FlowRun", "State", "StateType", "TaskRun"]
