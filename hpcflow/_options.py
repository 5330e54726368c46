"""What `@task` may be told beside the function, checked where it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpcflow._decorated import refuse_unknown
from hpcflow._hooks import check_hooks
from hpcflow._result_options import check_result_options
from hpcflow.annotations import NotSet
from hpcflow.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

_MAX_DELAYS = 50


@dataclass(slots=True, frozen=True)
class TaskOptions:
    """Hold what `@task` was told beside the function."""

    name: str | None = None
    description: str | None = None
    tags: frozenset[str] = frozenset()
    version: str | None = None
    task_run_name: str | Callable[..., str] | None = None
    retries: int = 0
    retry_delay_seconds: tuple[float, ...] = ()
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

    @classmethod
    def checked(cls, owner_name: str, options: dict[str, Any]) -> TaskOptions:
        """Make the options of what a user wrote.

        Raises:
            TypeError: an option is not known, or has a value of another type.
            ValueError: its value is out of range.

        Example:
            >>> TaskOptions.checked("train", {"retries": 2, "retry_delay_seconds": [1, 10]}).retry_delay_seconds
            (1.0, 10.0)
            >>> TaskOptions.checked("train", {"retries": -1})
            Traceback (most recent call last):
            hpcflow.errors.ConfigurationError: task 'train': retries must be a whole number of at least 0, not -1
        """
        given = dict(options)
        refuse_unknown(f"task {owner_name!r}", given, cls.__dataclass_fields__)
        name = given.get("name")
        if name is not None and not isinstance(name, str):
            raise _wrong_type(owner_name, "name", "a text", name)
        retries = given["retries"] = given.get("retries") or 0
        if not isinstance(retries, int) or retries < 0:
            message = f"task {owner_name!r}: retries must be a whole number of at least 0, not {retries!r}"
            raise ConfigurationError(message)
        given["retry_delay_seconds"] = _delays(owner_name, retries, given.get("retry_delay_seconds"))
        tags = given.get("tags") or ()
        if isinstance(tags, str):
            raise _wrong_type(owner_name, "tags", "several texts", tags)
        given["tags"] = frozenset(tags)
        check_hooks("task", given)
        check_result_options(f"task {owner_name!r}", given)
        run_name = given.get("task_run_name")
        if run_name is not None and not isinstance(run_name, str) and not callable(run_name):
            message = (
                f"Expected string or callable for 'task_run_name' of task {owner_name!r}; "
                f"got {type(run_name).__name__} instead."
            )
            raise TypeError(message)
        return cls(**given)


def _wrong_type(task_name: str, option: str, wanted: str, given: object) -> TypeError:
    return TypeError(f"task {task_name!r}: {option} must be {wanted}, not {given!r}")


def _delays(task_name: str, retries: int, given: Any) -> tuple[float, ...]:
    if given is None:
        return ()
    if callable(given):
        given = given(retries)
    delays = tuple(given) if isinstance(given, list | tuple) else (given,)
    if len(delays) > _MAX_DELAYS:
        message = f"task {task_name!r}: Can not configure more than {_MAX_DELAYS} retry delays per task."
        raise ValueError(message)
    for delay in delays:
        if isinstance(delay, bool) or not isinstance(delay, int | float):
            raise _wrong_type(task_name, "retry_delay_seconds", "a number, a list of numbers or a function", delay)
        if delay < 0:
            message = f"task {task_name!r}: retry_delay_seconds must not be negative, but holds {delay!r}"
            raise ConfigurationError(message)
    return tuple(map(float, delays))


def exponential_backoff(backoff_factor: float) -> Callable[[int], list[float]]:
    """Make delays for retries that double each time, for `retry_delay_seconds`.

    Example:
        >>> exponential_backoff(10)(3)
        [10, 20, 40]
    """

    def delays(retries: int) -> list[float]:
        return [backoff_factor * max(0, 2**attempt) for attempt in range(retries)]

    return delays
