from prefect import exceptions
from prefect.exceptions import (
    CancelledRun,
    CrashedRun,
    FailedRun,
    MappingLengthMismatch,
    MappingMissingIterable,
    MissingContextError,
    MissingResult,
    ParameterBindError,
    ParameterTypeError,
    PausedRun,
    PrefectException,
    ReservedArgumentError,
    UnfinishedRun,
    UpstreamTaskError,
)

for error in (
    CancelledRun,
    CrashedRun,
    FailedRun,
    MappingLengthMismatch,
    MappingMissingIterable,
    MissingContextError,
    MissingResult,
    ParameterBindError,
    ParameterTypeError,
    PausedRun,
    ReservedArgumentError,
    UnfinishedRun,
    UpstreamTaskError,
):
    others = [base.__name__ for base in (TypeError, ValueError, RuntimeError) if issubclass(error, base)]
    print(error.__name__, issubclass(error, PrefectException), others)
