"""The exceptions, under the module name that scripts written for Prefect import them from. The tree is in `errors.py`.

>>> from hpcflow.exceptions import UpstreamTaskError
>>> UpstreamTaskError.__module__
'hpcflow.errors'
"""

from __future__ import annotations

from hpcflow.errors import (
    CancelledRun,
    ConfigurationError,
    CrashedRun,
    FailedRun,
    HashError,
    HpcflowError,
    InvalidNameError,
    MappingLengthMismatch,
    MappingMissingIterable,
    MissingContextError,
    MissingResult,
    ParameterBindError,
    ParameterTypeError,
    PausedRun,
    ReservedArgumentError,
    SerializationError,
    UnfinishedRun,
    UpstreamTaskError,
)

PrefectException = HpcflowError

__all__ = [
    "CancelledRun",
    "ConfigurationError",
    "CrashedRun",
    "FailedRun",
    "HashError",
    "HpcflowError",
    "InvalidNameError",
    "MappingLengthMismatch",
    "MappingMissingIterable",
    "MissingContextError",
    "MissingResult",
    "ParameterBindError",
    "ParameterTypeError",
    "PausedRun",
    "PrefectException",
    "ReservedArgumentError",
    "SerializationError",
    "UnfinishedRun",
    "UpstreamTaskError",
]
