"""What happens in the parent with what workers tell: log records go to this process's loggers.

A record that a worker's logger made is handed to the logger of the same name here, so levels, filters and handlers are those that
the program has set up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpcflow._wire.records import LOG

if TYPE_CHECKING:
    from hpcflow._wire.records import Record


def deliver(record: Record) -> None:
    """Take a record of a worker."""
    if record[0] == LOG:
        _log(*record[1:])


def _log(run_number: int, attributes: Any) -> None:  # noqa: ARG001 - the run's name stands in the attributes
    import logging  # lazy: programs whose workers log nothing need none

    made = logging.makeLogRecord(dict(attributes))
    logger = logging.getLogger(made.name)
    if logger.isEnabledFor(made.levelno):
        logger.handle(made)
