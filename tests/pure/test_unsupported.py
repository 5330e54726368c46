"""Names that Prefect has and hpcflow has not: each says why."""

from __future__ import annotations

import importlib
import inspect

import pytest

import hpcflow
from hpcflow import _unsupported, flow, task
from hpcflow._unsupported import why_not
from hpcflow.flows import Flow
from hpcflow.tasks import Task


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("from hpcflow import serve", "hpcflow has no 'serve': hpcflow has no server"),
        ("from hpcflow import get_client", "hpcflow has no server that could be asked"),
        ("from hpcflow import pause_flow_run", "a flow that stands still"),
        ("from hpcflow import Transaction", "there are no transactions"),
        ("from hpcflow.deployments import run_deployment", "use cron, systemd or your batch system"),
        (
            "from hpcflow.blocks.system import Secret",
            "keep such things in Python, in files, or in environment variables",
        ),
        ("import hpcflow.variables", "keep such things in Python"),
        ("from hpcflow.transactions import transaction", "there are no transactions"),
        ("from hpcflow.client import get_client", "hpcflow has no server that could be asked"),
        ("from hpcflow.client.orchestration import PrefectClient", "hpcflow has no server that could be asked"),
        ("from hpcflow.flows import serve", "hpcflow.flows has no 'serve'"),
        ("from hpcflow.flow_runs import wait_for_flow_run", "hpcflow.flow_runs has no 'wait_for_flow_run'"),
        ("from hpcflow.settings import PREFECT_API_URL", "settings are environment variables"),
        ("from hpcflow.settings import temporary_settings", "settings are environment variables"),
        ("from hpcflow.task_runners import RayTaskRunner", "there is no runner on Ray yet"),
    ],
)
def test_imports_say_why(statement: str, text: str) -> None:
    with pytest.raises(ImportError, match=text):
        exec(statement)


def test_what_nobody_has_is_missing_as_usual() -> None:
    with pytest.raises(ImportError, match="cannot import name 'misspelt'"):
        exec("from hpcflow import misspelt")
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'hpcflow\.misspelt'"):
        exec("import hpcflow.misspelt")
    with pytest.raises(ImportError, match="cannot import name 'misspelt'"):
        exec("from hpcflow.states import misspelt")


def test_asking_is_no_error() -> None:
    assert not hasattr(hpcflow, "serve")
    assert not hasattr(hpcflow, "deployments")
    with pytest.raises(AttributeError, match="hpcflow has no 'serve': hpcflow has no server"):
        _ = hpcflow.serve


def test_decorated_functions_say_why() -> None:
    count = task(lambda: 1)
    run = flow(lambda: 1)
    for name in ("serve", "deploy", "from_source", "visualize", "to_deployment", "submit"):
        assert not hasattr(run, name)
        with pytest.raises(AttributeError, match=f"Flow has no {name!r}: "):
            getattr(run, name)
    for name in ("delay", "serve", "apply_async"):
        assert not hasattr(count, name)
        with pytest.raises(AttributeError, match=f"Task has no {name!r}: "):
            getattr(count, name)
    with pytest.raises(AttributeError, match="'Task' object has no attribute 'misspelt'"):
        getattr(count, "misspelt")  # noqa: B009 - the type checker knows that it is not there


def test_the_table_names_nothing_that_is_there() -> None:
    for where, names in _unsupported._NAMES.items():
        owner = {"Flow": Flow, "Task": Task}.get(where) or importlib.import_module(where)
        there = [name for name in names if inspect.getattr_static(owner, name, None) is not None]
        assert not there, where
    for name in _unsupported._MODULES:
        assert why_not("hpcflow", name)
        assert importlib.machinery.PathFinder.find_spec(f"hpcflow.{name}", hpcflow.__path__) is None


def test_names_that_scripts_import() -> None:
    for statement in (
        "from hpcflow.utilities.annotations import BaseAnnotation, NotSet, allow_failure, opaque, quote, unmapped",
        "from hpcflow.exceptions import MissingResult, ParameterTypeError, PrefectException, UnfinishedRun",
        "from hpcflow.states import Cancelling, Late, Paused, Suspended, get_state_exception, raise_state_exception",
        "from hpcflow.tasks import Task, exponential_backoff, task, task_input_hash",
        "from hpcflow.flows import Flow, flow",
        "from hpcflow.client.schemas.objects import FlowRun, State, StateType, TaskRun",
        "from hpcflow.client.schemas import StateType",
        "from hpcflow.testing.utilities import prefect_test_harness",
        "from hpcflow.utilities.asyncutils import run_coro_as_sync",
        "from hpcflow.utilities.hashing import hash_objects",
        "from hpcflow.utilities.collections import visit_collection",
    ):
        exec(statement)
