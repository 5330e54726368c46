"""Formats and budgets of log lines, names, and what is asked outside of runs."""

from __future__ import annotations

import logging

import pytest

from hpcflow import get_run_logger, runtime, tags
from hpcflow._flow_names import new_flow_run_name
from hpcflow._ledger import Budget
from hpcflow._runs import FlowFacts, Label, TaskRun, named_by
from hpcflow.context import FlowRunContext, TaskRunContext, current_tags, get_run_context
from hpcflow.errors import MissingContextError
from hpcflow.exceptions import PrefectException
from hpcflow.logging import disable_run_logger, get_logger
from hpcflow.logging.loggers import task_run_logger


def test_outside_of_runs_everything_is_empty() -> None:
    empty = {name: getattr(runtime.task_run, name) for name in dir(runtime.task_run)}
    assert empty == {
        **dict.fromkeys(("id", "name", "task_name", "api_url", "ui_url")),
        "parameters": {},
        "tags": [],
        "run_count": 0,
    }
    assert runtime.flow_run.id is runtime.flow_run.name is runtime.flow_run.parent_flow_run_id is None
    assert (runtime.flow_run.parameters, runtime.flow_run.tags, runtime.flow_run.run_count) == ({}, [], 0)
    assert runtime.flow_run.scheduled_start_time is not None
    with pytest.raises(AttributeError, match=r"hpcflow\.runtime\.task_run has no attribute 'colour'"):
        _ = runtime.task_run.colour
    assert (TaskRunContext.get(), FlowRunContext.get()) == (None, None)
    for ask in (get_run_context, get_run_logger):
        with pytest.raises(MissingContextError) as caught:
            ask()
        assert isinstance(caught.value, RuntimeError | PrefectException)


def test_tags_nest() -> None:
    with tags("a", "b") as outer, tags("c") as inner:
        assert (outer, inner) == ({"a", "b"}, {"a", "b", "c"})
        assert current_tags.get() == inner
    assert not current_tags.get()


def test_names_of_flow_runs() -> None:
    names = {new_flow_run_name() for _ in range(100)}
    assert len(names) > 50
    assert all(name.replace("-", "").isalpha() and name.count("-") == 1 for name in names)


def test_a_function_must_give_a_text() -> None:
    with pytest.raises(TypeError, match="a string is required"):
        named_by(lambda: 7, dict, "task_run_name")  # type: ignore[arg-type, return-value]


def test_a_budget_is_refilled_and_may_be_owed() -> None:
    budget = Budget(3, 1e9)
    budget.spend(3)
    assert budget.left() > 0
    poor = Budget(3, 0.0)
    poor.spend(10)
    assert not poor.take()


def test_loggers_of_runs_carry_what_is_known(caplog: pytest.LogCaptureFixture) -> None:
    facts = FlowFacts("1f3870be274f4c49b3e31a0c6728957f", "patient-otter", "sweep")
    logger = task_run_logger(TaskRun(Label("train", flow=facts), (1, 2), 0), own="yes")
    logger.warning("told %s", 1, extra={"more": 2})
    (record,) = (
        record for record in caplog.records if record.getMessage() == "told 1"
    )  # others may be told of meanwhile
    assert record.name == "hpcflow.task_runs"
    assert record.funcName == "test_loggers_of_runs_carry_what_is_known"
    known = {name: getattr(record, name) for name in ("task_run_name", "flow_run_name", "flow_run_id", "own", "more")}
    assert known == {
        "task_run_name": "train-6e7",
        "flow_run_name": "patient-otter",
        "flow_run_id": "1f3870be-274f-4c49-b3e3-1a0c6728957f",
        "own": "yes",
        "more": 2,
    }
    with disable_run_logger():
        logger.warning("unseen")
    assert "unseen" not in caplog.messages
    assert get_logger("lab").parent is logging.getLogger("hpcflow")
