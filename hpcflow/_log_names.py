"""Loggers under Prefect's names: a program that sets levels of `prefect.task_runs`, or gives it handlers, means our runs.

Import lines of a script change, and the names of loggers in it do not. So where a program has asked for a logger below `prefect`, ours
and these are put into one line, through which logging passes each record and in which it looks for levels:

    hpcflow.task_runs -> prefect.task_runs -> hpcflow -> prefect -> root

and records carry Prefect's names. Programs that ask for none pay for one comparison a line. Where Prefect itself is loaded, its loggers
are its own.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS, _THEIRS = "hpcflow", "prefect"
_RUNS = ("task_runs", "flow_runs")

_loggers = logging.root.manager.loggerDict
_seen_count = -1  # of loggers, when they were last looked at


def follow_prefect_names() -> None:
    """Put loggers that have been made since the last call into line, if any of them has a name of Prefect's."""
    global _seen_count  # noqa: PLW0603 - of this process
    if len(_loggers) == _seen_count:
        return
    if _THEIRS in _loggers and _THEIRS not in sys.modules:
        _put_into_line()
    _seen_count = len(_loggers)


def _put_into_line() -> None:
    ours, theirs = logging.getLogger(_OURS), logging.getLogger(_THEIRS)
    if ours.parent is not theirs:
        # The level that ours had holds where the other name has none; behind it, so that what is set for the other name wins.
        behind = logging.Logger(_OURS, ours.level)
        behind.parent, theirs.parent, ours.parent = theirs.parent, behind, theirs
        ours.setLevel(logging.NOTSET)
        theirs.propagate, ours.propagate = theirs.propagate and ours.propagate, True
        _share(ours, theirs)
    for suffix in [*_RUNS, *_suffixes(_THEIRS)]:
        one, other = logging.getLogger(f"{_OURS}.{suffix}"), logging.getLogger(f"{_THEIRS}.{suffix}")
        if one.parent is not other:
            one.parent = other
            if other.parent is theirs:
                other.parent = ours
            _share(one, other)
    for suffix in _suffixes(_OURS):
        logging.getLogger(f"{_OURS}.{suffix}").name = f"{_THEIRS}.{suffix}"


def _share(one: logging.Logger, other: logging.Logger) -> None:
    one.name = other.name  # which records carry
    one.filters = other.filters = [*one.filters, *other.filters]


def _suffixes(family: str) -> Iterator[str]:
    prefix = f"{family}."
    for name, logger in list(_loggers.items()):
        if name.startswith(prefix) and isinstance(logger, logging.Logger):
            yield name.removeprefix(prefix)
