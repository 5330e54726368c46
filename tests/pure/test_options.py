"""Options of @task and @flow: what cannot be meant so is refused where it is written."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from hpcflow import exponential_backoff, flow, task
from hpcflow.errors import InvalidNameError, MappingMissingIterable, ReservedArgumentError


def two(one: int, other: int) -> int:
    return one + other


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"retries": True}, TypeError, "retries must be a whole number, not True"),
        ({"retries": 1.5}, TypeError, "retries must be a whole number, not 1.5"),
        ({"retries": -1}, ValueError, "retries must be a whole number of at least 0, not -1"),
        ({"retries": "3"}, TypeError, "retries must be a whole number, not '3'"),
        ({"timeout_seconds": "soon"}, ValueError, "could not convert .*timeout_seconds must be a number of seconds"),
        ({"timeout_seconds": True}, TypeError, "timeout_seconds must be a number of seconds"),
        ({"timeout_seconds": dt.timedelta(1)}, TypeError, "such as timedelta's total_seconds"),
        ({"timeout_seconds": -1}, ValueError, "timeout_seconds must be a number of at least 0, not -1"),
        ({"timeout_seconds": float("nan")}, ValueError, "timeout_seconds must be a number of at least 0"),
        ({"retry_jitter_factor": -1}, ValueError, "`retry_jitter_factor` must be >= 0"),
        ({"retry_condition_fn": 3}, TypeError, "Expected `retry_condition_fn` to be callable, got int"),
        ({"tags": [1]}, TypeError, "tags must be several texts"),
        ({"description": 1}, TypeError, "description must be a text"),
        ({"task_runner": None}, TypeError, "has no option 'task_runner': the flow decides"),
        ({"on_commit": []}, TypeError, "has no option 'on_commit': hpcflow has no transactions"),
        ({"validate_parameters": True}, TypeError, "it is an option of @flow"),
        ({"wait_for": []}, TypeError, "it is given to a call"),
        ({"timeout_second": 1}, TypeError, r"task\(\) got an unexpected .*did you mean 'timeout_seconds'"),
    ],
)
def test_of_tasks(options: dict[str, Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as raised:
        task(**options)(two)
    assert re.search(text, _told(raised.value))
    assert "task 'two'" in _told(raised.value)
    with pytest.raises(kind) as again:
        task(two).with_options(**options)
    assert "task 'two'" in _told(again.value)


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"task_runner": "threads"}, TypeError, "task_runner must be a task runner or a class of one, not 'threads'"),
        ({"retries": True}, TypeError, "retries must be a whole number"),
        ({"retry_delay_seconds": [1]}, TypeError, "retry_delay_seconds must be a number, not"),
        ({"retry_delay_seconds": -1}, ValueError, "retry_delay_seconds must be a number of at least 0"),
        ({"timeout_seconds": -1}, ValueError, "timeout_seconds must be a number of at least 0"),
        ({"validate_parameters": "no"}, TypeError, "validate_parameters must be True or False"),
        ({"cache_policy": None}, TypeError, "it is an option of @task"),
        ({"tags": ["a"]}, TypeError, "tags of a flow's runs surround its call"),
        ({"name": two}, TypeError, "Expected string for flow parameter 'name'; got function instead"),
        ({"retires": 1}, TypeError, "did you mean 'retries'"),
    ],
)
def test_of_flows(options: dict[str, Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as raised:
        flow(**options)(two)
    assert re.search(text, _told(raised.value))
    assert "flow 'two'" in _told(raised.value)


@pytest.mark.parametrize("name", ["a/b", "50%", "a&b", "<a>"])
def test_names_that_flows_may_not_have(name: str) -> None:
    with pytest.raises(InvalidNameError, match="contains an invalid character"):
        flow(name=name)(two)
    assert task(name=name)(two).name == name


@pytest.mark.parametrize("decorator", [task, flow])
@pytest.mark.parametrize("name", ["wait_for", "return_state"])
def test_reserved_names(decorator: Any, name: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"def take({name}): pass", namespace)
    with pytest.raises(ReservedArgumentError, match=f"'{name}' is a reserved argument name") as raised:
        decorator(namespace["take"])
    assert "'take'" in _told(raised.value)


def _told(error: BaseException) -> str:
    """Give what a traceback shows of an error, in one line."""
    return " ".join([str(error), *getattr(error, "__notes__", [])])


def test_none_keeps_or_takes_back_as_in_prefect() -> None:
    limited = task(timeout_seconds=3, retries=2, retry_delay_seconds=1, name="limited")(two)
    kept = limited.with_options(timeout_seconds=None, name=None)
    assert (kept.options.timeout_seconds, kept.name) == (3.0, "limited")
    assert limited.with_options(retries=None).retries == 0
    assert limited.with_options(timeout_seconds=5).options.timeout_seconds == 5.0
    assert limited.with_options(timeout_seconds=0).options.timeout_seconds is None


def test_delays_made_anew_know_the_number_of_retries() -> None:
    delayed = task(retries=3)(two).with_options(retry_delay_seconds=exponential_backoff(10))
    assert delayed.options.retry_delay_seconds == (10.0, 20.0, 40.0)


def test_options_can_be_read_as_attributes() -> None:
    read: Any = task(timeout_seconds=3, retry_jitter_factor=0.5)(two)
    assert (read.timeout_seconds, read.retry_jitter_factor) == (3.0, 0.5)


def test_iterators_that_are_used_up() -> None:
    add = task(two)
    numbers = (number for number in range(3))
    with pytest.raises(MappingMissingIterable, match="The same generator was given for 'one' and 'other'"):
        add.map(numbers, numbers)
    used = (number for number in range(0))
    assert list(used) == []
    with pytest.raises(MappingMissingIterable, match="The generator given for 'one' has been gone through already"):
        add.map(used, 1)
