"""What tasks and flows with `log_prints` print: log records, one for each call of `print`.

`print` itself is replaced, as long as there is such a run in this process; elsewhere, and for other files than stdout and stderr,
it does what it did. A worker that was brought a task with `log_prints` keeps the replacement.

A program that has redirected its stdout (to a buffer, by `contextlib.redirect_stdout`) wants there what its tasks print, too. The
worker's own stdout knows nothing of that, so it gets one in its place that tells the parent.
"""

from __future__ import annotations

import builtins
import io
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hpcflow._wire.records import PRINTED
from hpcflow._worker import here
from hpcflow.context import FlowRunContext, TaskRunContext

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_plain_print = builtins.print
_lock = threading.Lock()
_open = 0  # runs in this process that have their prints logged


@contextmanager
def prints_logged() -> Iterator[None]:
    """Have prints logged of the runs within that want it.

    Example:
        >>> with prints_logged():
        ...     print("no run, so it is printed")
        no run, so it is printed
    """
    log_prints_from_now()
    try:
        yield
    finally:
        _leave()


def log_prints_from_now() -> None:
    """Have prints logged of runs that want it: in a worker, for good."""
    global _open, _plain_print  # noqa: PLW0603 - counted
    with _lock:
        _open += 1
        if _open == 1:
            _plain_print = builtins.print
            builtins.print = print_as_log


def _leave() -> None:
    global _open  # noqa: PLW0603 - as above
    with _lock:
        _open -= 1
        if _open == 0 and builtins.print is print_as_log:
            builtins.print = _plain_print


def print_as_log(*args: Any, **kwargs: Any) -> None:
    """Do what `print` does, as a log record where a run wants that.

    Example:
        >>> print_as_log("no run, so it is printed")
        no run, so it is printed
    """
    context = TaskRunContext.get() or FlowRunContext.get()
    file = kwargs.get("file")
    if context is None or not context.log_prints or not (file is None or file is sys.stdout or file is sys.stderr):
        if isinstance(sys.stdout, _ToldStream) and (file is None or file is sys.stdout):
            whole = io.StringIO()  # or the parts of a line would mix with other workers'
            _plain_print(*args, **kwargs | {"file": whole})
            sys.stdout.write(whole.getvalue())
        else:
            _plain_print(*args, **kwargs)
        return
    from hpcflow._ledger import log  # lazy: as below
    from hpcflow._telling import flow_log  # lazy: most runs print nothing

    text = io.StringIO()
    _plain_print(*args, **kwargs | {"file": text})
    if isinstance(context, TaskRunContext):
        log(context.task_run, _INFO, text.getvalue().rstrip())
    else:
        flow_log(context.flow_run.facts, _INFO, text.getvalue().rstrip())


class _ToldStream:
    """Stand for a worker's stdout: the parent is told what is written by runs whose program has redirected its own."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain

    def write(self, text: str) -> int:
        run = here.current()
        if run is None or not run.label.tells_prints or not isinstance(text, str):
            written: int = self._plain.write(text)
            return written
        here.tell((PRINTED, run.number, text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


def tell_prints_from_now() -> None:
    """Have the parent told what is printed by runs that want it: in a worker, for good."""
    if sys.stdout is not None and not isinstance(sys.stdout, _ToldStream):
        sys.stdout = _ToldStream(sys.stdout)


_INFO = 20  # of logging, which is not imported for a number
