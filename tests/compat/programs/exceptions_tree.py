from prefect import exceptions
from prefect.exceptions import PrefectException

names = [
    "Abort",
    "CancelledRun",
    "CrashedRun",
    "ExternalSignal",
    "FailedRun",
    "FlowPauseTimeout",
    "FlowRunWaitTimeout",
    "HashError",
    "InfrastructureError",
    "InvalidNameError",
    "MappingLengthMismatch",
    "MappingMissingIterable",
    "MissingContextError",
    "MissingFlowError",
    "MissingResult",
    "NotPausedError",
    "ObjectAlreadyExists",
    "ObjectNotFound",
    "ParameterBindError",
    "ParameterTypeError",
    "Pause",
    "PausedRun",
    "PrefectSignal",
    "ReservedArgumentError",
    "ScriptError",
    "SerializationError",
    "SignatureMismatchError",
    "TerminationSignal",
    "UnspecifiedFlowError",
    "UpstreamTaskError",
]
for name in names:
    error = getattr(exceptions, name)
    builtins = [base.__name__ for base in error.__mro__ if base.__module__ == "builtins"]
    print(name, issubclass(error, PrefectException), issubclass(error, Exception), [base for base in builtins if base not in ("RuntimeError",)])
