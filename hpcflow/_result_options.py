"""What `@task` and `@flow` may be told about keeping results, checked where it is written.

Both take `persist_result`, `result_storage`, `result_serializer` and `cache_result_in_memory`; tasks take all of them.
"""

from __future__ import annotations

import os
from typing import Any

from hpcflow.annotations import NotSet
from hpcflow.errors import ConfigurationError
from hpcflow.settings import absolute_folder

# The one way in which results are written.
# Prefect's; whichever is named, results are kept as pickles: what reads them is the same task.
_SERIALIZERS = ("pickle", "json", "compressed/pickle", "compressed/json")


def check_result_options(of: str, given: dict[str, Any]) -> None:
    """Check those options that are given; `of` names the task or flow. A folder becomes its full path.

    Raises:
        TypeError: one has a value of another type.
        ConfigurationError: its value cannot be understood.

    Example:
        >>> check_result_options("task 'train'", {"cache_expiration": 60})
        Traceback (most recent call last):
        TypeError: task 'train': cache_expiration must be a timedelta, not 60
    """
    for name in ("refresh_cache", "persist_result", "cache_result_in_memory"):
        value = given.get(name)
        if value is not None and not isinstance(value, bool):
            raise _wrong_type(of, name, "True or False", value)
    if "cache_result_in_memory" in given and given["cache_result_in_memory"] is None:
        given["cache_result_in_memory"] = True
    key_fn, expiration = given.get("cache_key_fn"), given.get("cache_expiration")
    if key_fn is not None and not callable(key_fn):
        raise _wrong_type(of, "cache_key_fn", "a function", key_fn)
    if expiration is not None and not hasattr(expiration, "total_seconds"):
        raise _wrong_type(of, "cache_expiration", "a timedelta", expiration)
    _check_policy(of, given.get("cache_policy", NotSet))
    key = given.get("result_storage_key")
    if key is not None and not isinstance(key, str):
        raise _wrong_type(of, "result_storage_key", "a text", key)
    serializer = given.get("result_serializer")
    if serializer is not None and serializer not in _SERIALIZERS:
        message = (
            f"{of}: results are kept as pickles: result_serializer must be one of {_SERIALIZERS}, not {serializer!r}"
        )
        raise ConfigurationError(message)
    if given.get("result_storage") is not None:
        given["result_storage"] = _folder(of, given["result_storage"])


def _check_policy(of: str, policy: Any) -> None:
    if policy is None or policy is NotSet:
        return
    from hpcflow.cache_policies import CachePolicy  # lazy: whoever names a policy has loaded it

    if not isinstance(policy, CachePolicy):
        raise _wrong_type(of, "cache_policy", "a cache policy such as INPUTS", policy)


def _folder(of: str, given: Any) -> str:
    """Give the full path of a folder that results are to be kept in."""
    if not isinstance(given, str | os.PathLike):
        raise _wrong_type(of, "result_storage", "the path of a folder", given)
    path = os.fspath(given)
    if isinstance(given, str) and path.count("/") == 1 and not path.startswith(("/", ".", "~")):
        message = (
            f"{of}: result_storage={given!r} names a block, and blocks live on a server, which hpcflow has none of. "
            f"Give the path of a folder: pathlib.Path({given!r})."
        )
        raise ConfigurationError(message)
    return absolute_folder(path)


def _wrong_type(of: str, option: str, wanted: str, given: object) -> TypeError:
    return TypeError(f"{of}: {option} must be {wanted}, not {given!r}")
