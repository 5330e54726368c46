"""A folder for a cluster's scratch space, that goes even if this process is killed."""

from __future__ import annotations

import subprocess
import tempfile
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

# The shell's `read` returns when the last writer of the pipe is gone: this process, by whatever end. Workers of a cluster need a
# moment longer to notice.
_SWEEP = 'read -r _; rm -rf "$0"; sleep 1; rm -rf "$0"'


class Scratch:
    """Be a temporary folder.

    Example:
        >>> import os
        >>> with Scratch() as scratch:
        ...     os.path.isdir(scratch.path)
        True
        >>> os.path.exists(scratch.path)
        False
    """

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="hpcflow-dask-")
        # In a session of its own, so that no Ctrl-C reaches it.
        self._sweeper = subprocess.Popen(
            ["/bin/sh", "-c", _SWEEP, self.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Remove the folder."""
        import shutil  # lazy: only here

        shutil.rmtree(self.path, ignore_errors=True)
        self._sweeper.kill()
        self._sweeper.communicate()
