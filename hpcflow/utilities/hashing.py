"""Hashes of values and files, where scripts written for Prefect look for them.

`stable_hash` gives the digests that Prefect gives. Those of `hash_objects` are hpcflow's own: what cache keys are made of.
"""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Any

from hpcflow._hashing import hash_value
from hpcflow.errors import HashError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["file_hash", "hash_objects", "stable_hash"]

_md5 = functools.partial(hashlib.md5, usedforsecurity=False)


def stable_hash(*args: str | bytes, hash_algo: Callable[..., Any] = _md5) -> str:
    """Give the digest of texts and bytes, one after the other.

    Example:
        >>> stable_hash("ab") == stable_hash("a", b"b")
        True
    """
    digest = hash_algo()
    for each in args:
        digest.update(each.encode() if isinstance(each, str) else each)
    return str(digest.hexdigest())


def file_hash(path: str | Path, hash_algo: Callable[..., Any] = _md5) -> str:
    """Give the digest of what is in a file."""
    with open(path, "rb") as file:
        return stable_hash(file.read(), hash_algo=hash_algo)


def hash_objects(
    *args: Any, hash_algo: Callable[..., Any] = _md5, raise_on_failure: bool = False, **kwargs: Any
) -> str | None:
    """Give a digest of values, whatever they are; None where there is none.

    Raises:
        HashError: with `raise_on_failure`, instead of None.

    Example:
        >>> hash_objects([1, 2], key="a") == hash_objects([1, 2], key="a")
        True
    """
    try:
        return stable_hash(hash_value(args, kwargs), hash_algo=hash_algo)
    except Exception as error:
        if raise_on_failure:
            message = f"Unable to create hash - objects could not be serialized.\n  {type(error).__name__}: {error}"
            raise HashError(message) from error
        return None
