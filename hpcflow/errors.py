"""Every exception that hpcflow raises for reasons of its own.

A task's exception arrives as itself and is not in this tree. What stands here says that a run gave no value (and why), that
a task was called wrongly, or that the engine cannot do what was asked. The whole tree:

    HpcflowError
    ├── MissingResult                       a state has no value to give
    ├── UnfinishedRun         RuntimeError  result() on a run that has not ended, or that never began
    ├── PausedRun                           a Paused state has no value to give
    ├── UpstreamTaskError                   mapping over a future whose run failed
    ├── FailedRun                           raised for a Failed state that holds no exception
    ├── CancelledRun                        result() on a cancelled run
    ├── CrashedRun                          the run's process or interpreter ended under it
    │   └── WorkerLostError                 ... its worker died; carries the facts
    ├── TaskRunTimeoutError   TimeoutError  an attempt passed its time limit
    ├── FlowRunTimeoutError   TimeoutError  a flow passed its time limit
    ├── ParameterBindError    TypeError     arguments do not fit the signature
    ├── ParameterTypeError                  flow parameters did not validate
    ├── ReservedArgumentError TypeError     a parameter's name belongs to hpcflow
    ├── InvalidNameError      ValueError    a flow's name has characters that names may not have
    ├── MappingLengthMismatch               iterables of unequal lengths given to map
    ├── MappingMissingIterable              nothing to map over
    ├── MissingContextError   RuntimeError  something was asked of the surrounding run where there is none
    ├── ConfigurationError    ValueError    an environment variable or option that cannot be understood
    ├── HashError                           a value that no cache key can be made of
    ├── SerializationError    PickleError   a value cannot travel between processes
    │   ├── EncodingError     PicklingError
    │   └── DecodingError     UnpicklingError
    ├── MemoryBudgetError     MemoryError   one value is larger than the engine's memory
    ├── EngineForkedError     RuntimeError  the engine was inherited by fork: this copy is inert
    └── EngineClosedError     RuntimeError  the engine takes no more work

Names that exist in Prefect mean here what they mean there. The second column of the tree lists the builtin that `except`
also catches them by. Anybody may import this module; it imports nothing of hpcflow.
"""

# ruff: noqa: N818 - the names are those that scripts written for Prefect catch
from __future__ import annotations

# What pickle has from there too, without the rest of it: errors are loaded before a template starts.
from _pickle import PickleError, PicklingError, UnpicklingError
from typing import TYPE_CHECKING, Any, Protocol, Self

from hpcflow._named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class HpcflowError(Exception):
    """Stand at the root of every exception of hpcflow's own.

    Example:
        >>> try:
        ...     raise UnfinishedRun("resize[41] has not ended")
        ... except HpcflowError as error:
        ...     print(error)
        resize[41] has not ended
    """

    def __reduce__(self) -> tuple[Any, ...]:
        # BaseException's own way calls type(self)(*self.args) to unpickle, which breaks for each subclass whose __init__
        # takes anything but the message. Notes (PEP 678) live in __dict__ and so travel too.
        return (_revive, (type(self), self.args), self.__dict__.copy())


def _revive(cls: type[HpcflowError], args: tuple[Any, ...]) -> HpcflowError:
    """Make the exception anew without calling its `__init__`; pickle then restores the attributes."""
    error = cls.__new__(cls, *args)
    error.args = args
    return error


# --- a run that gave no value -----------------------------------------------------------------------------------------


class MissingResult(HpcflowError):
    """Say that a state has no value to give."""


class UnfinishedRun(HpcflowError, RuntimeError):
    """Say that a result was asked of a run that has not ended, or that never began because an upstream failed."""


class PausedRun(HpcflowError):
    """Say that a result was asked of a state in which a run waits for a person; for scripts that catch it."""


class UpstreamTaskError(HpcflowError):
    """Say that a map over a future is impossible, since the run behind it has no result."""


class FailedRun(HpcflowError):
    """Stand for a failure whose exception is not known."""


class CancelledRun(HpcflowError):
    """Say that a result was asked of a cancelled run."""


class CrashedRun(HpcflowError):
    """Say that what executed the run ended under it: the task itself raised nothing."""


class TaskRunTimeoutError(HpcflowError, TimeoutError):
    """Say that an attempt of a task passed its `timeout_seconds`."""


class FlowRunTimeoutError(HpcflowError, TimeoutError):
    """Say that a flow passed its `timeout_seconds`."""


class CrashFacts(NamedTuple):
    """Hold what is known about the death of a worker while it executed a run.

    Example:
        >>> CrashFacts(run_name="resize[41]", slot=3, pid=4711, cores=(6, 7), exit_text="signal 9 (SIGKILL)").attempt
        1
    """

    run_name: str
    slot: int
    pid: int
    exit_text: str  # as _machine.crash.describe_exit gives it: "signal 9 (SIGKILL)", "exit status 3"
    attempt: int = 1
    max_attempts: int = 1
    cores: tuple[int, ...] = ()  # hardware threads of the worker's place; empty: not pinned
    likely_cause: str | None = None  # as _machine.crash.likely_cause gives it; None: nobody knows
    peak_rss_bytes: int | None = None  # of the worker over its life, not of this run alone
    traceback_text: str | None = None  # what faulthandler wrote as it died; None: nothing was caught


class WorkerLostError(CrashedRun):
    """Say that a worker died while it executed a run, with all that is known.

    Each fact is an attribute of the error; `facts` holds them together.

    Example:
        >>> error = WorkerLostError(
        ...     CrashFacts(
        ...         run_name="resize[41]",
        ...         slot=3,
        ...         pid=4711,
        ...         cores=(6, 7),
        ...         attempt=1,
        ...         max_attempts=2,
        ...         exit_text="signal 9 (SIGKILL)",
        ...         likely_cause="out of memory",
        ...     )
        ... )
        >>> print(error)
        worker 3 (pid 4711, cores 6-7) died while running resize[41], attempt 1 of 2.
        Exit: signal 9 (SIGKILL). Likely: out of memory. Its traceback, if any, is on stderr above.
        >>> error.slot, error.pid
        (3, 4711)
    """

    def __init__(self, facts: CrashFacts) -> None:
        super().__init__(_crash_message(facts))
        self.facts = facts
        self.run_name = facts.run_name
        self.slot = facts.slot
        self.pid = facts.pid
        self.exit_text = facts.exit_text
        self.attempt = facts.attempt
        self.max_attempts = facts.max_attempts
        self.cores = facts.cores
        self.likely_cause = facts.likely_cause
        self.peak_rss_bytes = facts.peak_rss_bytes
        self.traceback_text = facts.traceback_text


def _crash_message(facts: CrashFacts) -> str:
    place = f", {_cores_text(facts.cores)}" if facts.cores else ""
    first = (
        f"worker {facts.slot} (pid {facts.pid}{place}) died while running {facts.run_name}, "
        f"attempt {facts.attempt} of {facts.max_attempts}."
    )
    sentences = [f"Exit: {facts.exit_text}."]
    if facts.likely_cause is not None:
        sentences.append(f"Likely: {facts.likely_cause}.")
    if facts.peak_rss_bytes is not None:
        sentences.append(f"Peak memory: {facts.peak_rss_bytes / 2**20:,.0f} MiB.")
    if facts.traceback_text is None:
        sentences.append("Its traceback, if any, is on stderr above.")
        return f"{first}\n{' '.join(sentences)}"
    return f"{first}\n{' '.join(sentences)} Where it was:\n{facts.traceback_text.rstrip()}"


def _cores_text(cores: Iterable[int]) -> str:
    """Write hardware threads as the kernel does: "core 3", "cores 0-2,8"."""
    spans: list[list[int]] = []
    for core in sorted(set(cores)):
        if spans and core == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], core]
        else:
            spans.append([core])
    text = ",".join("-".join(str(end) for end in span) for span in spans)
    return f"core {text}" if text.isdigit() else f"cores {text}"


# --- a call that cannot be made ---------------------------------------------------------------------------------------


class ParameterBindError(HpcflowError, TypeError):
    """Say that arguments do not fit the function's signature."""

    @classmethod
    def from_bind_failure(
        cls, fn: Callable[..., object], error: TypeError, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> Self:
        """Make the error from the TypeError that `Signature.bind` raised.

        Example:
            >>> def double(number): ...
            >>> error = TypeError("missing a required argument: 'number'")
            >>> print(ParameterBindError.from_bind_failure(double, error, (), {"digit": 1}))
            Error binding parameters for function 'double': missing a required argument: 'number'.
            Function 'double' has signature 'number' but received args: () and kwargs: ['digit'].
        """
        name = getattr(fn, "__name__", None) or repr(fn)
        import inspect  # lazy: only to explain a mistake

        signature = str(inspect.signature(fn)).strip("()")
        return cls(
            f"Error binding parameters for function '{name}': {error}.\n"
            f"Function '{name}' has signature '{signature}' but received args: {tuple(args)} and kwargs: {list(kwargs)}."
        )


class ValidationFailure(Protocol):
    """Describe the part of pydantic's ValidationError that is read here, so that pydantic need not be imported."""

    def errors(self) -> Sequence[Any]:
        """Give a record with the keys `loc` and `msg` for each parameter that did not validate."""


class ParameterTypeError(HpcflowError):
    """Say that a flow's parameters did not validate against its type hints."""

    @classmethod
    def from_validation_error(cls, error: ValidationFailure) -> Self:
        """Make the error from pydantic's ValidationError.

        Example:
            >>> class Failure:
            ...     def errors(self):
            ...         return [{"loc": ("sizes", 0), "msg": "Input should be a valid integer"}]
            >>> print(ParameterTypeError.from_validation_error(Failure()))
            Flow run received invalid parameters:
             - sizes.0: Input should be a valid integer
        """
        lines = [f"{'.'.join(str(step) for step in bad['loc'])}: {bad['msg']}" for bad in error.errors()]
        return cls("Flow run received invalid parameters:\n - " + "\n - ".join(lines))


class ReservedArgumentError(HpcflowError, TypeError):
    """Say that a task has a parameter whose name hpcflow uses itself, such as `wait_for`."""


class InvalidNameError(HpcflowError, ValueError):
    """Say that a flow's name has characters that Prefect lets no name have."""


class MappingLengthMismatch(HpcflowError):
    """Say that the iterables given to `map` have unequal lengths."""


class MappingMissingIterable(HpcflowError):
    """Say that `map` was given nothing to map over."""


class MissingContextError(HpcflowError, RuntimeError):
    """Say that something was asked of the run that surrounds the call, and none does."""


class ConfigurationError(HpcflowError, ValueError):
    """Say that an environment variable or an option has a value that cannot be understood."""


class HashError(HpcflowError):
    """Say that a value cannot be hashed, so that no cache key can be made of it."""


# --- what the engine cannot do ----------------------------------------------------------------------------------------


class SerializationError(HpcflowError, PickleError):
    """Say that a value cannot travel between processes."""


class EncodingError(SerializationError, PicklingError):
    """Say that a value cannot be pickled."""


class DecodingError(SerializationError, UnpicklingError):
    """Say that a value was pickled, but cannot be made anew where it arrived."""


# MemoryError stands first: its own __new__ refuses a class that it is not the base of, and _revive would fail.
class MemoryBudgetError(MemoryError, HpcflowError):
    """Say that one value is larger than the memory that the engine may use."""


class EngineForkedError(HpcflowError, RuntimeError):
    """Say that this process inherited its engine by fork: the workers belong to the parent."""


class EngineClosedError(HpcflowError, RuntimeError):
    """Say that the engine was closed and takes no more work."""
