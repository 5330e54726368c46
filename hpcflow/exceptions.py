"""The exceptions, under the module name that scripts written for Prefect import them from. The tree is in `errors.py`.

Those that are made here are known for scripts that catch them: what they tell of does not happen without a server.

>>> from hpcflow.exceptions import UpstreamTaskError
>>> UpstreamTaskError.__module__
'hpcflow.errors'
"""

# ruff: noqa: N818 - the names are those that scripts written for Prefect catch
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


def exception_traceback(exc: BaseException) -> str:
    r"""Give an exception and its traceback as text.

    Example:
        >>> exception_traceback(ValueError("no data"))
        'ValueError: no data\n'
    """
    import traceback  # lazy: few ask

    return "".join(traceback.TracebackException.from_exception(exc).format())


class MissingFlowError(HpcflowError):
    """Say that a script has no flow."""


class UnspecifiedFlowError(HpcflowError):
    """Say that a script has several flows."""


class ScriptError(HpcflowError):
    """Say that a script could not be run."""


class ObjectNotFound(HpcflowError):
    """Say that a server knows no such object."""


class ObjectAlreadyExists(HpcflowError):
    """Say that a server has such an object."""


class ObjectLimitReached(HpcflowError):
    """Say that a server takes no more of these objects."""


class ObjectUnsupported(HpcflowError):
    """Say that a server does not know such objects."""


class InfrastructureError(HpcflowError):
    """Say that what should have run a flow could not."""


class InfrastructureNotFound(HpcflowError):
    """Say that what should have run a flow is gone."""


class InfrastructureNotAvailable(HpcflowError):
    """Say that what should have run a flow cannot be reached."""


class NotPausedError(HpcflowError):
    """Say that a run that was to go on was not paused."""


class FlowPauseTimeout(HpcflowError):
    """Say that nobody let a paused run go on."""


class FlowRunWaitTimeout(HpcflowError):
    """Say that a run on a server took too long."""


class FlowRunWatchError(HpcflowError):
    """Say that a run on a server could not be watched."""


class SignatureMismatchError(HpcflowError, TypeError):
    """Say that parameters do not fit a signature."""


class MissingProfileError(HpcflowError, ValueError):
    """Say that there is no such profile of settings."""


class PrefectSignal(BaseException):
    """Stand at the root of what ends a run from outside."""


class Abort(PrefectSignal):
    """Say that a server took a run back."""


class Pause(PrefectSignal):
    """Say that a run was paused."""

    def __init__(self, *args: object, state: object = None) -> None:
        super().__init__(*args)
        self.state = state


class ExternalSignal(BaseException):
    """Stand at the root of signals that end a run."""


class TerminationSignal(ExternalSignal):
    """Say that a run was told to end."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


__all__ = [
    "Abort",
    "CancelledRun",
    "ConfigurationError",
    "CrashedRun",
    "ExternalSignal",
    "FailedRun",
    "FlowPauseTimeout",
    "FlowRunWaitTimeout",
    "FlowRunWatchError",
    "HashError",
    "HpcflowError",
    "InfrastructureError",
    "InfrastructureNotAvailable",
    "InfrastructureNotFound",
    "InvalidNameError",
    "MappingLengthMismatch",
    "MappingMissingIterable",
    "MissingContextError",
    "MissingFlowError",
    "MissingProfileError",
    "MissingResult",
    "NotPausedError",
    "ObjectAlreadyExists",
    "ObjectLimitReached",
    "ObjectNotFound",
    "ObjectUnsupported",
    "ParameterBindError",
    "ParameterTypeError",
    "Pause",
    "PausedRun",
    "PrefectException",
    "PrefectSignal",
    "ReservedArgumentError",
    "ScriptError",
    "SerializationError",
    "SignatureMismatchError",
    "TerminationSignal",
    "UnfinishedRun",
    "UnspecifiedFlowError",
    "UpstreamTaskError",
    "exception_traceback",
]
