"""How a program written for Prefect becomes one for hpcflow: its import lines change, nothing else."""

from __future__ import annotations

import re

_FROM = re.compile(r"^(\s*from\s+)prefect(?:_dask)?(?=[.\s])")
_MODULE_AS = re.compile(r"^(\s*import\s+)prefect(?=\.[\w.]+\s+as\s)")
_MODULE = re.compile(r"^(\s*)import\s+prefect(\.[\w.]+)\s*$")
_IMPORT = re.compile(r"^(\s*import\s+)prefect(?:_dask)?(?=\s*$)")


def rewritten(source: str) -> str:
    """Give the program that imports from hpcflow what this one imports from Prefect.

    >>> rewritten("from prefect.states import Failed")
    'from hpcflow.states import Failed'
    >>> rewritten("from prefect_dask import DaskTaskRunner")
    'from hpcflow import DaskTaskRunner'
    >>> rewritten("import prefect")
    'import hpcflow as prefect'
    """
    return "\n".join(_rewritten_line(line) for line in source.split("\n"))


def _rewritten_line(line: str) -> str:
    line = _MODULE_AS.sub(r"\1hpcflow", _FROM.sub(r"\1hpcflow", line))
    line = _MODULE.sub(r"\1import hpcflow\2; import hpcflow as prefect", line)
    return _IMPORT.sub(r"\1hpcflow as prefect", line)
