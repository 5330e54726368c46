"""Whether a function is a coroutine function, a generator function, or both: what `inspect` says, mostly without loading it.

`inspect` takes longer to load than all that a short program does before its workers start, and of a plain function the flags of its
code tell the same. Anything else (methods, partials, what is marked as a coroutine function) is inspect's affair.
"""

from __future__ import annotations

from types import FunctionType

# Of code objects; inspect has them under these names.
CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR = 0x20, 0x80, 0x200

# What inspect.markcoroutinefunction (Python 3.12) sets.
_MARK = "_is_coroutine_marker"


def is_coroutine_function(fn: object) -> bool:
    """Tell whether a call gives a coroutine.

    Example:
        >>> async def load(): ...
        >>> is_coroutine_function(load), is_coroutine_function(print)
        (True, False)
    """
    if type(fn) is FunctionType and _MARK not in fn.__dict__:
        return bool(fn.__code__.co_flags & CO_COROUTINE)
    import inspect  # lazy: see above

    return inspect.iscoroutinefunction(fn)


def is_generator_function(fn: object) -> bool:
    """Tell whether a call gives a generator."""
    if type(fn) is FunctionType:
        return bool(fn.__code__.co_flags & CO_GENERATOR)
    import inspect  # lazy: see above

    return inspect.isgeneratorfunction(fn)


def is_async_generator_function(fn: object) -> bool:
    """Tell whether a call gives an async generator."""
    if type(fn) is FunctionType:
        return bool(fn.__code__.co_flags & CO_ASYNC_GENERATOR)
    import inspect  # lazy: see above

    return inspect.isasyncgenfunction(fn)
