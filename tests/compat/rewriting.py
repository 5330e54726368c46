"""How a program written for Prefect becomes one for hpcflow: its import lines change, nothing else."""

from __future__ import annotations

import re

_FROM = re.compile(r"^(\s*from\s+)prefect(?:_dask)?(?=[.\s])")
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
    lines = (_IMPORT.sub(r"\1hpcflow as prefect", _FROM.sub(r"\1hpcflow", line)) for line in source.split("\n"))
    return "\n".join(lines)
