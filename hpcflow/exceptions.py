"""The exceptions of `hpcflow.errors`, where scripts written for Prefect look for them."""

from __future__ import annotations

from hpcflow.errors import (
    CancelledRun,
    CrashedRun,
    FailedRun,
    HashError,
    HpcflowError,
    MappingLengthMismatch,
    MappingMissingIterable,
    MissingResult,
    ParameterBindError,
    ParameterTypeError,
    ReservedArgumentError,
    UnfinishedRun,
    UpstreamTaskError,
)

PrefectException = HpcflowError

__all__ = [
    "CancelledRun",
    "CrashedRun",
    "FailedRun",
    "HashError",
    "HpcflowError",
    "MappingLengthMismatch",
    "MappingMissingIterable",
    "MissingResult",
    "ParameterBindError",
    "ParameterTypeError",
    "PrefectException",
    "ReservedArgumentError",
    "UnfinishedRun",
    "UpstreamTaskError",
]
