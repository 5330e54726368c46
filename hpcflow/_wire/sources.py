"""Code that travels by value keeps the name of its source file.

Tracebacks from a worker show the failing line, debuggers and profilers find it, and tools that tell code by its file go on
working. cloudpickle from 3.1.3 on calls every file `<dynamic-code>`, so that equal code in two places makes equal pickles.

Called by the codec's pickler, for each code object, and by the pickles that it makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType


def keep_source(code: CodeType, reduced: tuple[Any, ...]) -> tuple[Any, ...]:
    """Take cloudpickle's reduction of a code object, and have its file's name set again where it arrives."""
    make, args = reduced
    if code.co_filename in args:
        return reduced
    # A new string each time: whether Python shares one with other objects must not change the pickle, and so its digest.
    return make_code, (make, args, "".join(code.co_filename))


def make_code(make: Callable[..., CodeType], args: tuple[Any, ...], filename: str) -> CodeType:
    """Make a code object that was written in the file of this name."""
    return make(*args).replace(co_filename=filename)
