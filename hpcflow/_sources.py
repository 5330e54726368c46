"""The text of a task's function: what `TASK_SOURCE` makes its key of."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from hpcflow._hashing import hash_code, hash_value


def source_of(fn: Any) -> str:
    """Give the text of a function, decorators included; where there is none, a digest of its code.

    A line may hold several lambdas, so theirs goes with the digest of their code.

    Example:
        >>> source_of(functools.partial(inspect.unwrap)).splitlines()[0]
        'def unwrap(func, *, stop=None):'
    """
    while isinstance(fn, functools.partial):
        fn = fn.func
    try:
        text = inspect.getsource(inspect.unwrap(fn))
    except (OSError, TypeError):
        text = ""
    if not text and callable(fn) and not hasattr(fn, "__code__") and not inspect.isroutine(fn):
        try:
            text = inspect.getsource(type(fn))
        except (OSError, TypeError):
            text = ""
    if text and getattr(fn, "__name__", "") != "<lambda>":
        return text
    return f"{text}{digest_of(fn)}"


def digest_of(fn: Any) -> str:
    """Give a digest of a function's code; of its name, where it has none.

    Example:
        >>> digest_of(lambda x: x + 1) == digest_of(lambda x: x + 2)
        False
    """
    while isinstance(fn, functools.partial):
        fn = fn.func
    for holder in (fn, inspect.getattr_static(type(fn), "__call__", None)):
        if hasattr(holder, "__code__"):
            return hash_code(holder.__code__)
    return hash_value(getattr(fn, "__module__", ""), getattr(fn, "__qualname__", type(fn).__qualname__))
