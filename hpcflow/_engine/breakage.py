"""Why a pool broke, as an error that code written for the standard library's pool catches.

The only module of the engine that imports `concurrent.futures.process` (and with it multiprocessing): the executor needs its
exception, the other faces do not.
"""

from __future__ import annotations

import os
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from hpcflow._engine.outcomes import crash_facts
from hpcflow._worker.worker import EXIT_INITIALIZER
from hpcflow.errors import HpcflowError, WorkerLostError

if TYPE_CHECKING:
    from hpcflow._engine.outcomes import RawCrash

# What a run is called that was not the one executing, or of which nobody can tell.
SOME_RUN = "one of its runs"
_CAUSE_OF_INITIALIZER = "the initializer raised; the log on stderr says what"


class BrokenPoolError(HpcflowError, BrokenProcessPool):
    """Say that a pool broke: by a worker's death, or by a result that could not be unpickled.

    Where a worker's death is the reason, `__cause__` is a WorkerLostError with all that is known of it.

    Example:
        >>> from concurrent.futures.process import BrokenProcessPool
        >>> try:
        ...     raise BrokenPoolError("the pool is broken: its template process died")
        ... except BrokenProcessPool as error:
        ...     print(error)
        the pool is broken: its template process died
    """


def worker_lost(raw: RawCrash, *, run_name: str) -> WorkerLostError:
    """Make the error of the run that a dead worker was executing."""
    facts = crash_facts(raw, run_name=run_name)
    wait_status = raw[2]
    if wait_status >= 0 and os.WIFEXITED(wait_status) and os.WEXITSTATUS(wait_status) == EXIT_INITIALIZER:
        facts = facts._replace(run_name=f"its initializer, before {run_name}", likely_cause=_CAUSE_OF_INITIALIZER)
    return WorkerLostError(facts)


def broken_pool(why: str | RawCrash | None, *, run_name: str = SOME_RUN) -> BrokenPoolError:
    """Make the error of a run that ended with its pool, or of a submit that came after.

    `why` is what the engine tells: a text, or what is known of a worker's death.

    Example:
        >>> broken_pool("its template process died")
        BrokenPoolError('the pool is broken and takes no more runs: its template process died')
    """
    if why is None or isinstance(why, str):
        return BrokenPoolError(f"the pool is broken and takes no more runs: {why or 'nobody knows why'}")
    lost = worker_lost(why, run_name=run_name)
    error = BrokenPoolError(f"the pool is broken and takes no more runs: {lost}")
    error.__cause__ = lost
    return error
