"""Functions that stand behind an object of their own name, as a task's function behind its task. Workers load nothing else."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def unwrap_by_name(module: str, qualname: str, wrappings: int) -> Any:
    """Import what a name leads to and undo that many wrappings: how a task's function is found in a worker.

    Example:
        >>> unwrap_by_name("fractions", "Fraction.limit_denominator", 0).__name__
        'limit_denominator'
    """
    found: Any = import_module(module)
    for step in qualname.split("."):
        found = getattr(found, step)
    for _ in range(wrappings):
        found = found.__wrapped__
    return found
