"""Log records of a worker: they travel to the parent, whose loggers handle them as their own.

Installed as the root logger's handler when a worker starts, so every logger that a task uses reaches it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from hpcflow._wire.records import LOG
from hpcflow._worker import here

if TYPE_CHECKING:
    from hpcflow._runs import Label, Levels
    from hpcflow._wire.records import RecordSender

_PLAIN = (str, bytes, int, float, bool, type(None))


class RecordHandler(logging.Handler):
    """Send each record to the parent, its message and traceback as text."""

    def __init__(self, sender: RecordSender) -> None:
        super().__init__()
        self._sender = sender
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record."""
        try:
            self._sender.send((LOG, here.run_number(), tuple(self._attributes(record).items())))
        except Exception:  # noqa: BLE001 - as every handler of logging does
            self.handleError(record)

    def _attributes(self, record: logging.LogRecord) -> dict[str, Any]:
        # As logging.handlers.QueueHandler prepares a record: everything that may not travel becomes text.
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        attributes = {name: value for name, value in record.__dict__.items() if type(value) in _PLAIN}
        return attributes | {"msg": record.getMessage(), "args": None, "exc_info": None}


def install(sender: RecordSender) -> None:
    """Have all records of this process sent."""
    logging.root.handlers[:] = [RecordHandler(sender)]


_obeyed: Levels = ""


def obey(levels: Levels) -> None:
    """Give the loggers of this process the levels that the program's have, so that nothing is sent which nobody would see.

    Example:
        >>> obey("10 lab")
        >>> logging.getLogger("lab").level
        10
        >>> obey("")
        >>> logging.getLogger("lab").level
        0
    """
    global _obeyed  # noqa: PLW0603 - to be taken back
    if levels == _obeyed:
        return
    before, now = _by_name(_obeyed), _by_name(levels)
    for name in before.keys() - now.keys():
        logging.getLogger(name).setLevel(logging.NOTSET)
    for name, level in now.items():
        logging.getLogger(name).setLevel(level)
    _obeyed = levels


def _by_name(levels: Levels) -> dict[str, int]:
    return {name: int(level) for level, _, name in (line.partition(" ") for line in levels.splitlines())}


def obey_label(label: Label) -> None:
    """Do what a task's label says of levels and prints."""
    obey(label.flow.levels if label.flow is not None else label.levels)
    if label.log_prints or label.tells_prints:
        from hpcflow._prints import log_prints_from_now, tell_prints_from_now  # lazy: few tasks want it

        if not _prints_logged:
            _prints_logged.append(True)
            log_prints_from_now()
        if label.tells_prints:
            tell_prints_from_now()


_prints_logged: list[bool] = []
