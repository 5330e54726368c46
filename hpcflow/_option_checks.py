"""What is said of options of `@task` and `@flow` that cannot be meant so; the options themselves are in `_options` and `flows`.

A mistake is an error where it is written, and names the task or flow (`of`: "task 'train'"), the option, and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpcflow.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection

# Options that Prefect has and hpcflow has not, or that are the other decorator's, and what to do instead.
_NO_TRANSACTIONS = (
    "hpcflow has no transactions: call it where the task has ended, in an on_completion or on_failure hook"
)
_OF_FLOWS_ONLY = "it is an option of @flow"
_OF_TASKS_ONLY = "it is an option of @task"
NOT_FOR_TASKS = {
    "on_commit": _NO_TRANSACTIONS,
    "on_rollback": _NO_TRANSACTIONS,
    "asset_deps": "assets are records on a server, which hpcflow has none of",
    "task_runner": "the flow decides where its tasks are executed: @flow(task_runner=...)",
    "flow_run_name": "for the names of a task's runs there is task_run_name",
    "validate_parameters": _OF_FLOWS_ONLY,
    "on_cancellation": _OF_FLOWS_ONLY,
    "on_crashed": _OF_FLOWS_ONLY,
    "wait_for": "it is given to a call: my_task.submit(..., wait_for=[...])",
    "return_state": "it is given to a call: my_task(..., return_state=True)",
    "concurrency_limit": "how many runs execute at a time is the task runner's max_workers",
}
NOT_FOR_FLOWS = {
    "task_run_name": "for the names of a flow's runs there is flow_run_name",
    "cache_policy": _OF_TASKS_ONLY,
    "cache_key_fn": _OF_TASKS_ONLY,
    "cache_expiration": _OF_TASKS_ONLY,
    "refresh_cache": _OF_TASKS_ONLY,
    "result_storage_key": _OF_TASKS_ONLY,
    "retry_jitter_factor": _OF_TASKS_ONLY,
    "retry_condition_fn": _OF_TASKS_ONLY,
    "viz_return_value": _OF_TASKS_ONLY,
    "tags": "tags of a flow's runs surround its call: with tags(...): my_flow()",
    "wait_for": "it is given to a call: my_flow(..., wait_for=[...])",
    "return_state": "it is given to a call: my_flow(..., return_state=True)",
    "max_workers": "give it to the task runner: @flow(task_runner=ProcessPoolTaskRunner(max_workers=...))",
}


def refuse_unknown(of: str, options: dict[str, Any], known: Collection[str], refused: dict[str, str]) -> None:
    """Raise TypeError for the first option that there is not: why, or which one was probably meant.

    Example:
        >>> refuse_unknown("task 'train'", {"retires": 3}, {"retries": 0}, {})
        Traceback (most recent call last):
        TypeError: task 'train' has no option 'retires'; did you mean 'retries'?
        >>> refuse_unknown("task 'train'", {"task_runner": None}, {"retries": 0}, NOT_FOR_TASKS)
        Traceback (most recent call last):
        TypeError: task 'train' has no option 'task_runner': the flow decides where its tasks are executed: @flow(task_runner=...)
    """
    unknown = options.keys() - set(known)
    if not unknown:
        return
    name = sorted(unknown)[0]
    if name in refused:
        hint = f": {refused[name]}"
    else:
        import difflib  # lazy: only for this

        near = difflib.get_close_matches(name, list(known), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
    message = f"{of} has no option {name!r}{hint}"
    raise TypeError(message)


def wrong_type(of: str, option: str, wanted: str, given: object) -> TypeError:
    """Make the error for an option whose value is of another type.

    Example:
        >>> wrong_type("task 'train'", "name", "a text", 7)
        TypeError("task 'train': name must be a text, not 7")
    """
    return TypeError(f"{of}: {option} must be {wanted}, not {given!r}")


def check_texts(of: str, given: dict[str, Any], *options: str) -> None:
    """Raise TypeError if one of these options is given and no text.

    Example:
        >>> check_texts("task 'train'", {"name": 7}, "name", "version")
        Traceback (most recent call last):
        TypeError: task 'train': name must be a text, not 7
    """
    for option in options:
        if given.get(option) is not None and not isinstance(given[option], str):
            raise wrong_type(of, option, "a text", given[option])


def checked_count(of: str, option: str, given: Any) -> int:
    """Give a number of times; none where it is not given.

    Example:
        >>> checked_count("task 'train'", "retries", None)
        0
        >>> checked_count("task 'train'", "retries", True)
        Traceback (most recent call last):
        TypeError: task 'train': retries must be a whole number, not True
    """
    if given is None:
        return 0
    if isinstance(given, bool) or not isinstance(given, int):
        raise wrong_type(of, option, "a whole number", given)
    if given < 0:
        message = f"{of}: {option} must be a whole number of at least 0, not {given!r}"
        raise ConfigurationError(message)
    return given


def checked_number(of: str, option: str, given: Any, wanted: str = "a number") -> float:
    """Give a number of at least 0.

    Example:
        >>> checked_number("task 'train'", "timeout_seconds", 3)
        3.0
        >>> checked_number("task 'train'", "timeout_seconds", -1)
        Traceback (most recent call last):
        hpcflow.errors.ConfigurationError: task 'train': timeout_seconds must be a number of at least 0, not -1
    """
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise wrong_type(of, option, wanted, given)
    if not given >= 0:
        message = f"{of}: {option} must be a number of at least 0, not {given!r}"
        raise ConfigurationError(message)
    return float(given)


def checked_limit(of: str, given: Any) -> float | None:
    """Give a time limit in seconds; None where there is none, which 0 means too.

    Example:
        >>> checked_limit("task 'train'", 2), checked_limit("task 'train'", 0)
        (2.0, None)
    """
    if given is None:
        return None
    wanted = "a number of seconds"
    if hasattr(given, "total_seconds"):
        wanted = "a number of seconds, such as timedelta's total_seconds() gives,"
    return checked_number(of, "timeout_seconds", given, wanted) or None


_MAX_DELAYS = 50


def checked_delays(of: str, retries: int, given: Any) -> tuple[float, ...]:
    """Give the delays before each attempt but the first; the last one repeats.

    Example:
        >>> checked_delays("task 'train'", 2, 5), checked_delays("task 'train'", 2, lambda retries: [1, 2])
        ((5.0,), (1.0, 2.0))
    """
    if given is None:
        return ()
    if callable(given):
        given = given(retries)
    delays = tuple(given) if isinstance(given, list | tuple) else (given,)
    if len(delays) > _MAX_DELAYS:
        message = f"{of}: Can not configure more than {_MAX_DELAYS} retry delays per task."
        raise ConfigurationError(message)
    wanted = "a number, a list of numbers or a function"
    return tuple([checked_number(of, "retry_delay_seconds", delay, wanted) for delay in delays])
