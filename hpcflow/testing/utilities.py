"""What tests written for Prefect surround their flows with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["prefect_test_harness"]


@contextmanager
def prefect_test_harness(server_startup_timeout: int | None = 30) -> Iterator[None]:  # noqa: ARG001 - Prefect's
    """Do nothing: there is no server that a test would have to be kept from.

    Example:
        >>> with prefect_test_harness():
        ...     pass
    """
    yield
