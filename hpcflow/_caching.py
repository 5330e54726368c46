"""Which results of a task are kept, and where: its own options, the flow run around the call, and the settings.

The rules are Prefect's. A task that names a policy, a key, a folder or `persist_result=True` has its results kept; one that says
`persist_result=False` has not; any other does as the flow run or task run around the call does, and after that the settings.
Without a policy the key is that of DEFAULT: what a flow run has computed once. Called at each submit and direct call, so what a
task without such options costs here is a question or two.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hpcflow.annotations import NotSet
from hpcflow.context import current_flow_run, persists_results_here, surrounding_flow
from hpcflow.errors import HashError
from hpcflow.settings import absolute_folder, result_settings

if TYPE_CHECKING:
    from hpcflow._options import TaskOptions
    from hpcflow._worker.caching import Caching
    from hpcflow.cache_policies import CachePolicy
    from hpcflow.settings import ResultSettings
    from hpcflow.tasks import Task


def keeps_results(options: TaskOptions) -> bool | None:
    """Tell whether a task's options have its results kept; None: they do not say.

    Example:
        >>> from hpcflow._options import TaskOptions
        >>> from hpcflow.cache_policies import INPUTS, NO_CACHE
        >>> keeps_results(TaskOptions(cache_policy=INPUTS)), keeps_results(TaskOptions(cache_policy=NO_CACHE))
        (True, None)
    """
    if options.persist_result is not None:
        return options.persist_result
    if options.cache_key_fn is not None or options.result_storage_key is not None:
        return True
    if options.result_storage is not None or options.result_serializer is not None:
        return True
    return True if is_policy(options.cache_policy) else None


def keeps_by_settings() -> tuple[bool | None, bool]:
    """Tell what the settings say of tasks that do not say themselves; and that is true of them outside of all runs.

    Example:
        >>> keeps_by_settings()
        (None, False)
    """
    settings = result_settings()
    return settings.persists_tasks, settings.persists_by_default


def flow_result_facts(persist_result: bool | None, result_storage: str | None) -> tuple[bool, str | None]:
    """Tell whether results of a flow run's tasks are kept where they do not say so themselves, and in which folder.

    Example:
        >>> flow_result_facts(None, "/data/results")
        (True, '/data/results')
    """
    outer = surrounding_flow()
    if result_storage is None and outer is not None:
        folder = outer.result_folder
    else:
        folder = result_storage
    if persist_result is None and result_storage is not None:
        persist_result = True
    if persist_result is None:
        persist_result = persists_results_here()
    return result_settings().persists_by_default if persist_result is None else persist_result, folder


def is_policy(policy: Any) -> bool:
    """Tell whether this is a policy that keeps anything.

    Example:
        >>> is_policy(None), is_policy(NotSet)
        (False, False)
    """
    if policy is None or policy is NotSet:
        return False
    from hpcflow.cache_policies import NO_CACHE  # lazy: loaded with the policy

    return bool(policy != NO_CACHE)


def persists(task: Task[Any, Any]) -> bool:
    """Tell whether the results of a call of this task, here and now, are to be kept, if it has a key."""
    keeps = task.keeps_results
    if keeps is None:
        keeps = persists_results_here()
    return task.keeps_by_default if keeps is None else keeps


def caching_of(task: Task[Any, Any]) -> Caching | None:
    """Give how the results of a call of this task, here and now, are kept; None: they are not.

    The same object as long as all of it stays the same, since workers know a task's code by it.
    """
    options = task.options
    settings = result_settings()
    if settings.is_disabled or _has_no_key(options, settings):
        return None
    policy = _policy_of(options)
    flow_parameters = _flow_parameters(policy)
    folder = _folder_of(options, policy, settings)
    refreshes = settings.refreshes if options.refresh_cache is None else options.refresh_cache
    known = task.last_caching
    is_same = known is not None and known.folder == folder and known.refreshes == refreshes
    if is_same and known is not None and known.flow_parameters is flow_parameters:
        return known
    from hpcflow._worker.caching import Caching  # lazy: most programs keep nothing

    lifetime = options.cache_expiration
    caching = task.last_caching = Caching(
        _shown_to(policy, task),
        folder=folder,
        policy=policy,
        storage_key=options.result_storage_key,
        lifetime_s=math.inf if lifetime is None else lifetime.total_seconds(),
        refreshes=refreshes,
        flow_parameters=flow_parameters,
    )
    return caching


def _shown_to(policy: CachePolicy | None, task: Task[Any, Any]) -> Any:
    """Give the task as the policy is to see it: the less, the less travels, and is kept alive by what knows the policy."""
    from hpcflow._worker.caching import TaskFacts  # lazy: as above
    from hpcflow.cache_policies import TaskSource, has_part, is_own  # lazy: as above

    if policy is not None and not is_own(policy):
        return task
    return TaskFacts(task.name, task.source_code if policy is not None and has_part(policy, TaskSource) else "")


def _has_no_key(options: TaskOptions, settings: ResultSettings) -> bool:
    policy = options.cache_policy
    if options.cache_key_fn is not None:
        return False
    if policy is None:
        return options.result_storage_key is None
    return settings.default_no_cache if policy is NotSet else not is_policy(policy)


def _policy_of(options: TaskOptions) -> CachePolicy | None:
    """Give the policy that counts; None where the entry is named by `result_storage_key`."""
    from hpcflow.cache_policies import DEFAULT, CachePolicy  # lazy: as above

    if options.result_storage_key is not None:
        return None
    if options.cache_key_fn is not None:
        return CachePolicy.from_cache_key_fn(options.cache_key_fn)
    policy: CachePolicy = DEFAULT if options.cache_policy is NotSet else options.cache_policy
    return policy


def _folder_of(options: TaskOptions, policy: CachePolicy | None, settings: ResultSettings) -> str:
    if policy is not None and policy.key_storage is not None:
        return absolute_folder(str(policy.key_storage))
    if options.result_storage is not None:
        return options.result_storage
    flow = surrounding_flow()
    return settings.folder if flow is None or flow.result_folder is None else flow.result_folder


def _flow_parameters(policy: CachePolicy | None) -> Any:
    """Give the arguments of the flow run for a policy that may ask; the same object throughout the flow run."""
    flow_run = current_flow_run.get()
    if policy is None or flow_run is None:
        return None
    from hpcflow.cache_policies import FlowParameters, asks_for_flow_parameters, has_part  # lazy: as above

    if asks_for_flow_parameters(policy):
        return flow_run.parameters
    return flow_run.hashed_parameters if has_part(policy, FlowParameters) else None


def task_input_hash(context: Any, arguments: dict[str, Any]) -> str | None:
    """Make a cache key of a task's code and arguments, for `cache_key_fn`; None if they cannot be hashed.

    Example:
        >>> from types import SimpleNamespace
        >>> context = SimpleNamespace(task=SimpleNamespace(task_key="len-1f3870be"))
        >>> task_input_hash(context, {"obj": "abc"}) == task_input_hash(context, {"obj": "abcd"})
        False
    """
    from hpcflow._hashing import hash_value  # lazy: only for tasks whose results are kept

    try:
        return hash_value(context.task.task_key, arguments)
    except HashError:
        return None


def shown_policy(options: TaskOptions) -> CachePolicy | None:
    """Give the policy that a task has, as Prefect tells it.

    Example:
        >>> from hpcflow._options import TaskOptions
        >>> from hpcflow.cache_policies import DEFAULT, INPUTS, NO_CACHE
        >>> shown_policy(TaskOptions()) == DEFAULT
        True
        >>> shown_policy(TaskOptions(cache_policy=INPUTS, persist_result=False)) == NO_CACHE
        True
    """
    from hpcflow.cache_policies import NO_CACHE  # lazy: as above

    if options.persist_result is False:
        return None if options.cache_policy is None else NO_CACHE
    if options.cache_policy is not NotSet and options.cache_key_fn is None and not is_policy(options.cache_policy):
        shown: CachePolicy | None = options.cache_policy
        return shown
    return _policy_of(options)


def warn_of_conflicts(name: str, options: TaskOptions) -> None:
    """Say which of a task's options will have no effect, since others stand against them."""
    if options.cache_policy is not NotSet and options.cache_key_fn is not None:
        _warn("Both `cache_policy` and `cache_key_fn` are set on task %r. `cache_key_fn` will be used.", name)
    if options.persist_result is False and (options.cache_key_fn is not None or is_policy(options.cache_policy)):
        _warn("Ignoring `cache_policy` because `persist_result` is False, for task %r", name)


def _warn(message: str, name: str) -> None:
    import logging  # lazy: only for this

    logging.getLogger("hpcflow.tasks").warning(message, name)
