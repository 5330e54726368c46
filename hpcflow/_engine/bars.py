"""Progress as bars on a terminal. The only door to rich, and loaded only where there is a terminal.

The cursor is never hidden: whatever ends the process, the shell that it leaves behind has one. What the program prints in the
meantime appears above the bars.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from hpcflow._console import shown_bars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hpcflow._engine.progress import Row

_BAR_WIDTH = 28  # with all that stands beside it a line of 80 columns


class _QuietConsole(Console):
    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002, RUF100 - as rich has it
        """Leave the cursor alone."""
        return False


def can_show_bars() -> bool:
    """Tell whether the terminal can move its cursor."""
    return not Console(file=sys.stderr).is_dumb_terminal


class Bars:
    """Writes each row as a bar."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(_BAR_WIDTH),
            TextColumn("{task.fields[row].count_text}"),
            TextColumn("{task.fields[row].failed_text}", style="red"),
            TextColumn("{task.fields[row].rate_text}", style="cyan"),
            TextColumn("{task.fields[row].time_text}"),
            console=_QuietConsole(file=sys.stderr),
            auto_refresh=False,
            # Rich would print to its own console, stderr, what the program writes to a redirected stdout.
            redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
        )
        self._bars: dict[Row, TaskID] = {}
        self._progress.start()
        shown_bars.append(self)

    def write(self, rows: Sequence[Row]) -> None:
        """Draw all bars anew."""
        for row in rows:
            if row not in self._bars:
                self._bars[row] = self._progress.add_task(row.label, row=row)
            self._progress.update(self._bars[row], total=row.tally.total, completed=row.tally.done)
        self._progress.refresh()

    def close(self) -> None:
        """Leave the bars where they are, and the cursor below them."""
        self._progress.stop()
        if self in shown_bars:
            shown_bars.remove(self)
