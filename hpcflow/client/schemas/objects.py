"""The types that hooks and conditions are given, for the annotations of scripts written for Prefect.

>>> from hpcflow.client.schemas.objects import State
>>> State.__module__
'hpcflow.states'
"""

from __future__ import annotations

from hpcflow._runs import TaskRun
from hpcflow.flow_runs import FlowRun
from hpcflow.flows import Flow
from hpcflow.states import State, StateType

__all__ = ["Flow", "FlowRun", "State", "StateType", "TaskRun"]
