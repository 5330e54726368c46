"""Which hpcflow this is."""

from __future__ import annotations


def version() -> str:
    """Tell the version of what is installed.

    Example:
        >>> version()[:1].isdigit() or version()
        True
    """
    from importlib import metadata  # lazy: few ask

    try:
        return metadata.version("hpcflow-engine")
    except metadata.PackageNotFoundError:  # it lies beside the program
        return "unknown"
