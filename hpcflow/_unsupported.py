"""What Prefect has and hpcflow has not: each name with the reason, and what to do instead. One table for all of them.

Most of it is about a server that keeps flows, runs and settings. hpcflow has none: a flow is a function, and what it did is
what it returned, its states and its log.
"""

from __future__ import annotations

_SERVER = "hpcflow has no server"
_CALL_IT = "call the flow; to have it called at times or on other machines use cron, systemd or your batch system"
_LOCAL = "keep such things in Python, in files, or in environment variables"
_WORKERS = "nothing has to be started: flows bring their workers, and task_runner says which"
_PAUSE = f"{_SERVER} that could wake a flow that stands still: split it into two flows, or ask with input()"
_RESULTS = "results are kept by the tasks' own options: cache_policy, persist_result, result_storage (a folder)"
_TRANSACTIONS = "there are no transactions: undo what was done in an on_failure hook, or in try/except around the call"
_SCHEDULES = f"{_SERVER} that could start flows by themselves: {_CALL_IT}"
_EVENTS = f"{_SERVER} that events could be sent to: use hooks (on_completion, on_failure, ...) or the log"
_LIMITS = "there are no limits across programs: how many runs execute at a time is the task runner's max_workers"
_CLIENT = f"{_SERVER} that could be asked: a run's state is its future's, and what a flow's call returns with return_state=True"

# Modules, each with all that is in it.
_MODULES = {
    **dict.fromkeys(
        ("deployments", "schedules", "workers", "runner", "docker", "infrastructure", "bundles"), _SCHEDULES
    ),
    **dict.fromkeys(
        ("blocks", "variables", "filesystems"), f"{_SERVER} that blocks and variables could live on: {_LOCAL}"
    ),
    "artifacts": f"{_SERVER} that could show artifacts: write a file, or log",
    **dict.fromkeys(("events", "automations"), _EVENTS),
    "assets": f"{_SERVER} that could list assets: drop the decorator, or use @task",
    "concurrency": _LIMITS,
    **dict.fromkeys(("server", "cli", "agent"), _CLIENT),
    "input": _PAUSE,
    **dict.fromkeys(("transactions", "locking"), _TRANSACTIONS),
    **dict.fromkeys(("results", "serializers"), _RESULTS),
    **dict.fromkeys(("task_worker", "task_runs"), _WORKERS),
    **dict.fromkeys(
        ("engine", "flow_engine", "task_engine"), "how runs are executed is hpcflow's own affair: call the flow or task"
    ),
    **dict.fromkeys(("telemetry", "analytics"), "hpcflow reports to nobody"),
    "plugins": "there are no plugins",
    "types": "these are Prefect's own types: use those of pydantic or of the standard library",
    "main": "import from hpcflow itself",
}

_PAUSES = ("pause_flow_run", "resume_flow_run", "suspend_flow_run")
_PAUSING = dict.fromkeys((*_PAUSES, *(f"a{name}" for name in _PAUSES)), _PAUSE)
_SETTINGS = (
    "hpcflow's settings are environment variables: HPCFLOW_MAX_WORKERS, HPCFLOW_MEMORY_BUDGET and others, see README.md"
)
_DASK = "name the runner: from hpcflow import DaskTaskRunner"

# Names of modules that there are.
_NAMES = {
    "hpcflow": {
        **dict.fromkeys(("serve", "aserve", "deploy"), _SCHEDULES),
        **_PAUSING,
        "get_client": _CLIENT,
        **dict.fromkeys(("Transaction", "transaction"), _TRANSACTIONS),
        "materialize": _MODULES["assets"],
        "Manifest": _SCHEDULES,
    },
    "hpcflow.flows": {
        **dict.fromkeys(("serve", "aserve", "InfrastructureBoundFlow", "bind_flow_to_infrastructure"), _SCHEDULES),
        **dict.fromkeys(
            ("load_flow_from_entrypoint", "load_flow_from_flow_run", "select_flow", "load_placeholder_flow"),
            "import the module that the flow is in",
        ),
    },
    "hpcflow.flow_runs": {**_PAUSING, "wait_for_flow_run": _CLIENT},
    "hpcflow.tasks": {
        "MaterializingTask": _MODULES["assets"],
        "TaskRunNameCallbackWithParameters": "any callable may be a task_run_name",
    },
    "hpcflow.task_runners": {
        "PrefectTaskRunner": _WORKERS,
        "RayTaskRunner": f"there is no runner on Ray yet; {_DASK}",
    },
    "hpcflow.futures": {
        **dict.fromkeys(("PrefectDistributedFuture", "PrefectFlowRunFuture"), _CLIENT),
    },
    "hpcflow.settings": {"temporary_settings": _SETTINGS, "get_current_settings": _SETTINGS},
    "hpcflow.client": dict.fromkeys(
        ("get_client", "PrefectClient", "SyncPrefectClient", "orchestration", "base", "cloud", "subscriptions"), _CLIENT
    ),
    "hpcflow.client.schemas": dict.fromkeys(("actions", "filters", "responses", "schedules", "sorting"), _CLIENT),
    # What decorated functions have there.
    "Flow": {
        **dict.fromkeys(("serve", "deploy", "adeploy", "to_deployment", "ato_deployment"), _SCHEDULES),
        **dict.fromkeys(("from_source", "afrom_source"), "import the module that the flow is in"),
        **dict.fromkeys(
            ("visualize", "avisualize", "generate_mermaid_graph", "agenerate_mermaid_graph"),
            "hpcflow does not draw flows: what depends on what is decided while they run",
        ),
        **dict.fromkeys(("submit", "map"), "a flow is called; a task may call it, and can be submitted and mapped"),
    },
    "Task": {
        **dict.fromkeys(("delay", "apply_async"), f"{_SERVER} that could keep a run for later: submit it"),
        **dict.fromkeys(("serve", "aserve"), _WORKERS),
        **dict.fromkeys(("create_run", "create_local_run"), "submit it, or call it"),
        **dict.fromkeys(("on_commit", "on_rollback"), _TRANSACTIONS),
    },
}


def why_not(where: str, name: str) -> str | None:
    """Say why a module, or a decorated function, has no such name; None where Prefect has none either.

    Example:
        >>> print(why_not("hpcflow", "get_client"))
        hpcflow has no 'get_client': hpcflow has no server that could be asked: a run's state is its future's, and what a flow's \
call returns with return_state=True
        >>> why_not("hpcflow", "misspelt") is None
        True
    """
    reason = _NAMES.get(where, {}).get(name)
    if reason is None and where == "hpcflow":
        reason = _MODULES.get(name)
    if reason is None and where == "hpcflow.settings" and name.startswith("PREFECT_"):
        reason = _SETTINGS
    if reason is None and where.startswith("hpcflow."):
        reason = _MODULES.get(where.split(".")[1])
    if reason is None:
        return None
    return f"{where} has no {name!r}: {reason}"
