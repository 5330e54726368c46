"""What is said of options of `@task` and `@flow` that cannot be meant so; the options themselves are in `_options` and `flows`.

A mistake is an error where it is written. Where Prefect refuses it too, type and text are Prefect's, and a note (which a traceback
shows) names the task or flow (`of`: "task 'train'") and says what to do; elsewhere the text itself does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from hpcflow.errors import ConfigurationError, InvalidNameError

if TYPE_CHECKING:
    from collections.abc import Collection

# Options that Prefect has and hpcflow has not, or that are the other decorator's, and what to do instead.
_NO_TRANSACTIONS = (
    "hpcflow has no transactions: call it where the task has ended, in an on_completion or on_failure hook"
)
_OF_FLOWS_ONLY = "it is an option of @flow"
_OF_TASKS_ONLY = "it is an option of @task"
_OF_PREFECT = frozenset({"on_commit", "on_rollback", "asset_deps"})  # which its decorators take
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


def refuse_unknown(
    of: str, call: str, options: dict[str, Any], known: Collection[str], refused: dict[str, str]
) -> None:
    """Raise TypeError for the first option that there is not: why, or which one was probably meant.

    `call` is what was called, as Python names it.

    Example:
        >>> try:
        ...     refuse_unknown("task 'train'", "task()", {"retires": 3}, {"retries": 0}, {})
        ... except TypeError as error:
        ...     print(error, error.__notes__)
        task() got an unexpected keyword argument 'retires' ["task 'train' has no option 'retires'; did you mean 'retries'?"]
        >>> refuse_unknown("task 'train'", "task()", {"on_commit": []}, {"retries": 0}, NOT_FOR_TASKS)
        Traceback (most recent call last):
        TypeError: task 'train' has no option 'on_commit': hpcflow has no transactions: call it where the task has ended, in an \
on_completion or on_failure hook
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
    reason = f"{of} has no option {name!r}{hint}"
    if name in _OF_PREFECT:
        raise TypeError(reason)
    raise noted(TypeError(f"{call} got an unexpected keyword argument {name!r}"), reason)


E = TypeVar("E", bound=Exception)


def noted(error: E, note: str) -> E:
    """Add to an error, whose text is Prefect's, what it is about.

    Example:
        >>> noted(ValueError("out of range"), "task 'train': retries").__notes__
        ["task 'train': retries"]
    """
    error.add_note(note)
    return error


def check_callable(of: str, option: str, given: object) -> None:
    """Raise TypeError for a function that is none.

    Example:
        >>> check_callable("task 'train'", "retry_condition_fn", 5)
        Traceback (most recent call last):
        TypeError: Expected `retry_condition_fn` to be callable, got int instead.
        task 'train': retry_condition_fn
    """
    if given is not None and not callable(given):
        message = f"Expected `{option}` to be callable, got {type(given).__name__} instead."
        raise noted(TypeError(message), f"{of}: {option}")


_NOT_IN_NAMES = ("/", "%", "&", ">", "<")


def check_flow_name(of: str, given: object) -> None:
    """Raise for what cannot be a flow's name.

    Raises:
        TypeError: it is no text.
        InvalidNameError: it has characters that names may not have.

    Example:
        >>> check_flow_name("flow 'sweep'", "daily/sweep")
        Traceback (most recent call last):
        hpcflow.errors.InvalidNameError: Name 'daily/sweep' contains an invalid character. Must not contain any of: \
['/', '%', '&', '>', '<'].
        flow 'sweep': name
    """
    if given is not None and not isinstance(given, str):
        hint = "Perhaps you meant to call it? e.g. '@flow(name=get_flow_run_name())'" if callable(given) else ""
        message = f"Expected string for flow parameter 'name'; got {type(given).__name__} instead. {hint}"
        raise noted(TypeError(message), f"{of}: name")
    if given and any(character in given for character in _NOT_IN_NAMES):
        message = f"Name {given!r} contains an invalid character. Must not contain any of: {[*_NOT_IN_NAMES]}."
        raise noted(InvalidNameError(message), f"{of}: name")


def check_run_name(of: str, option: str, given: object) -> None:
    """Raise TypeError for what can name no runs.

    Example:
        >>> check_run_name("task 'train'", "task_run_name", 5)
        Traceback (most recent call last):
        TypeError: Expected string or callable for 'task_run_name'; got int instead.
        task 'train': task_run_name
    """
    if given is not None and not isinstance(given, str) and not callable(given):
        message = f"Expected string or callable for '{option}'; got {type(given).__name__} instead."
        raise noted(TypeError(message), f"{of}: {option}")


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
        >>> checked_limit("task 'train'", "soon")
        Traceback (most recent call last):
        ValueError: could not convert string to float: 'soon'
        task 'train': timeout_seconds must be a number of seconds
    """
    if given is None:
        return None
    wanted = "a number of seconds"
    if hasattr(given, "total_seconds"):
        wanted = "a number of seconds, such as timedelta's total_seconds() gives"
    if not isinstance(given, int | float):
        try:
            given = float(given)
        except (TypeError, ValueError) as error:
            error.add_note(f"{of}: timeout_seconds must be {wanted}")
            raise
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
        message = f"Can not configure more than {_MAX_DELAYS} retry delays per task."
        raise noted(ValueError(message), f"{of}: retry_delay_seconds has {len(delays)}; the last one repeats")
    if isinstance(given, str | bytes | dict | set):
        message = f"Invalid `retry_delay_seconds` provided; must be an int, float, list or callable. Received type {type(given)}"
        raise noted(TypeError(message), f"{of}: retry_delay_seconds")
    wanted = "a number, a list of numbers or a function"
    return tuple([checked_number(of, "retry_delay_seconds", delay, wanted) for delay in delays])


def checked_jitter(of: str, given: Any) -> float | None:
    """Give the part by which a delay may be longer, as it was written.

    Example:
        >>> checked_jitter("task 'train'", None), checked_jitter("task 'train'", 0.5)
        (None, 0.5)
        >>> checked_jitter("task 'train'", -1)
        Traceback (most recent call last):
        ValueError: `retry_jitter_factor` must be >= 0.
        task 'train': retry_jitter_factor, not -1
    """
    if isinstance(given, int | float) and given < 0:
        raise noted(ValueError("`retry_jitter_factor` must be >= 0."), f"{of}: retry_jitter_factor, not {given!r}")
    if given is not None:
        checked_number(of, "retry_jitter_factor", given)
    return given  # type: ignore[no-any-return]  # as checked
