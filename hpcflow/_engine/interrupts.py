"""Ctrl-C waits until what must not be left half done is done: a pool that has started a process, but not yet its thread."""

from __future__ import annotations

import functools
import signal
import threading

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import ParamSpec, TypeVar

    _Params = ParamSpec("_Params")
    _Value = TypeVar("_Value")


def uninterrupted(function: Callable[_Params, _Value]) -> Callable[_Params, _Value]:
    """Have SIGINT handled when the function has returned; a second one is handled at once, should the function hang.

    Example:
        >>> import os
        >>> @uninterrupted
        ... def interrupt_oneself(steps):
        ...     os.kill(os.getpid(), signal.SIGINT)
        ...     steps.append("done")
        >>> steps = []
        >>> before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts behind has none
        >>> try:
        ...     interrupt_oneself(steps)
        ... except KeyboardInterrupt:
        ...     print("interrupted, and", *steps)
        ... finally:
        ...     _ = signal.signal(signal.SIGINT, before)
        interrupted, and done
    """

    @functools.wraps(function)
    def deferring(*args: _Params.args, **kwargs: _Params.kwargs) -> _Value:
        handler = signal.getsignal(signal.SIGINT)
        # Only the main thread is ever interrupted; and what is not Python's own to call interrupts nobody.
        if not callable(handler) or threading.current_thread() is not threading.main_thread():
            return function(*args, **kwargs)
        came: list[FrameType | None] = []

        def defer(number: int, frame: FrameType | None) -> None:
            came.append(frame)
            if len(came) > 1:
                handler(number, frame)

        signal.signal(signal.SIGINT, defer)
        try:
            return function(*args, **kwargs)
        finally:
            signal.signal(signal.SIGINT, handler)
            if len(came) == 1:
                handler(signal.SIGINT, came[0])

    return deferring
