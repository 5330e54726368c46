"""Descriptors that an initializer's arguments bring along: multiprocessing's queues, pipes and locks.

multiprocessing lets these be pickled only while it starts a process, and asks the object that stands for that process to
carry their descriptors. Here that object is an `InheritedDescriptors`: descriptors keep their numbers through the template's
exec and its forks, so the numbers are all that travels.
"""

from __future__ import annotations

import io
import os
from contextlib import contextmanager

TYPE_CHECKING = False  # loaded before the template starts: nothing more than needed
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any


class InheritedDescriptor:
    """Stand for a descriptor that the receiving process has inherited under the same number."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def detach(self) -> int:
        """Give the descriptor to the caller, who closes it."""
        return self._fd


class InheritedDescriptors:
    """Hold what was met while pickling, open until `close`: each template inherits it."""

    DupFd = InheritedDescriptor  # the name that multiprocessing asks for

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._reducers: Mapping[type, Callable[[Any], Any]] | None = None

    def duplicate_for_child(self, fd: int) -> int:
        """Keep a descriptor of our own, and tell the number under which the child has it."""
        self.numbers.append(os.dup(fd))
        return self.numbers[-1]

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Have multiprocessing hand descriptors over to this object while the block pickles."""
        from multiprocessing import context  # lazy: only pools with an initializer come here

        context.set_spawning_popen(self)  # type: ignore[arg-type]  # what it must do is above
        try:
            yield
        finally:
            context.set_spawning_popen(None)

    def reduce(self, value: object) -> Any:
        """Reduce a value as multiprocessing does what it has a way of its own for; NotImplemented for all else."""
        if self._reducers is None:
            from multiprocessing.reduction import ForkingPickler  # lazy: only pools with an initializer come here

            self._reducers = ForkingPickler(io.BytesIO()).dispatch_table
        reducer = self._reducers.get(type(value))
        return NotImplemented if reducer is None else reducer(value)

    def close(self) -> None:
        """Close what is held. Once more does nothing."""
        while self.numbers:
            os.close(self.numbers.pop())
