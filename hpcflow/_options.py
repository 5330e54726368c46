"""What `@task` may be told beside the function, checked where it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpcflow._hooks import check_hooks
from hpcflow._named_tuples import NamedTuple
from hpcflow._option_checks import (
    NOT_FOR_TASKS,
    check_callable,
    check_run_name,
    check_texts,
    checked_count,
    checked_delays,
    checked_jitter,
    checked_limit,
    refuse_unknown,
    wrong_type,
)
from hpcflow._result_options import check_result_options
from hpcflow.annotations import NotSet

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta


_RESET_BY_NONE = frozenset(
    {
        *("task_run_name", "retries", "retry_delay_seconds", "retry_jitter_factor", "persist_result"),
        *("result_storage", "result_serializer", "result_storage_key", "refresh_cache", "cache_policy"),
    }
)


class TaskOptions(NamedTuple):
    """Hold what `@task` was told beside the function."""

    name: str | None = None
    description: str | None = None
    tags: frozenset[str] = frozenset()
    version: str | None = None
    task_run_name: str | Callable[..., str] | None = None
    retries: int = 0
    retry_delay_seconds: tuple[float, ...] = ()
    retry_jitter_factor: float | None = None
    retry_condition_fn: Callable[[Any, Any, Any], Any] | None = None  # of the task, its run, and the failed state
    timeout_seconds: float | None = None  # for each attempt
    viz_return_value: Any = None  # known for scripts that have it: it is for drawing flows
    cache_policy: Any = NotSet  # a CachePolicy; None: none; NotSet: DEFAULT, where results are kept
    cache_key_fn: Callable[[Any, dict[str, Any]], str | None] | None = None
    cache_expiration: timedelta | None = None
    refresh_cache: bool | None = None  # None: as the settings say
    persist_result: bool | None = None  # None: see `_caching`
    result_storage: str | None = None  # a folder
    result_storage_key: str | None = None
    result_serializer: str | None = None
    cache_result_in_memory: bool = True
    log_prints: bool | None = None  # None: as the flow does, or the settings say
    on_running: tuple[Callable[..., Any], ...] = ()
    on_completion: tuple[Callable[..., Any], ...] = ()
    on_failure: tuple[Callable[..., Any], ...] = ()
    on_cancellation: tuple[Callable[..., Any], ...] = ()
    on_crashed: tuple[Callable[..., Any], ...] = ()

    @property
    def reset_by_none(self) -> frozenset[str]:
        """Tell which options None takes back; for the others it means that they stay."""
        return _RESET_BY_NONE

    @classmethod
    def checked(cls, owner_name: str, options: dict[str, Any], call: str = "task()") -> TaskOptions:
        """Make the options of what a user wrote in this call.

        Raises:
            TypeError: an option is not known, or has a value of another type.
            ValueError: its value is out of range.

        Example:
            >>> TaskOptions.checked("train", {"retries": 2, "retry_delay_seconds": [1, 10]}).retry_delay_seconds
            (1.0, 10.0)
            >>> TaskOptions.checked("train", {"retries": 1.5})
            Traceback (most recent call last):
            TypeError: task 'train': retries must be a whole number, not 1.5
        """
        of = f"task {owner_name!r}"
        refuse_unknown(of, call, options, cls._fields, NOT_FOR_TASKS)
        given = dict(options)
        check_texts(of, given, "name", "description", "version")
        given["retries"] = checked_count(of, "retries", given.get("retries"))
        given["retry_delay_seconds"] = checked_delays(of, given["retries"], given.get("retry_delay_seconds"))
        given["retry_jitter_factor"] = checked_jitter(of, given.get("retry_jitter_factor"))
        given["timeout_seconds"] = checked_limit(of, given.get("timeout_seconds"))
        check_callable(of, "retry_condition_fn", given.get("retry_condition_fn"))
        given["tags"] = _tags(of, given.get("tags"))
        check_result_options(of, given)
        check_hooks("task", given)
        check_run_name(of, "task_run_name", given.get("task_run_name"))
        return cls(**given)


def _tags(of: str, given: Any) -> frozenset[str]:
    try:
        tags = frozenset(() if given is None else given)
    except TypeError:
        tags = None
    if tags is None or isinstance(given, str | bytes) or not all(isinstance(tag, str) for tag in tags):
        raise wrong_type(of, "tags", "several texts", given)
    return tags


def exponential_backoff(backoff_factor: float) -> Callable[[int], list[float]]:
    """Make delays for retries that double each time, for `retry_delay_seconds`.

    Example:
        >>> exponential_backoff(10)(3)
        [10, 20, 40]
    """

    def delays(retries: int) -> list[float]:
        return [backoff_factor * max(0, 2**attempt) for attempt in range(retries)]

    return delays
