"""Whether an object that stands for a function, a task or a flow, is found by its name in a process that imports its module."""

from __future__ import annotations

import sys
from typing import Any

from hpcflow._wire.modules import MODULES


def is_found_by_name(made: Any) -> bool:
    """Tell whether a worker that imports the object's module finds this very object there, under its name.

    Example:
        >>> import json
        >>> is_found_by_name(json.dumps), is_found_by_name(lambda: None)
        (True, False)
    """
    module = getattr(made, "__module__", None)
    qualname = getattr(made, "__qualname__", None) or getattr(made, "__name__", None)  # type parameters have the latter
    if not isinstance(module, str) or not isinstance(qualname, str) or MODULES.is_by_value(module):
        return False
    found: Any = sys.modules.get(module)
    for step in qualname.split("."):
        found = getattr(found, step, None)
    return found is made
