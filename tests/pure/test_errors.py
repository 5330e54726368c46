"""The exception tree: what catches what, what travels between processes, what messages say."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from hpcflow import errors
from hpcflow.errors import (
    CancelledRun,
    ConfigurationError,
    CrashedRun,
    CrashFacts,
    DecodingError,
    EncodingError,
    EngineClosedError,
    EngineForkedError,
    FailedRun,
    HpcflowError,
    MappingMissingIterable,
    MemoryBudgetError,
    ParameterBindError,
    ParameterTypeError,
    ReservedArgumentError,
    SerializationError,
    TaskRunTimeoutError,
    UnfinishedRun,
    WorkerLostError,
)

FACTS = CrashFacts(
    run_name="resize[41]",
    slot=3,
    pid=4711,
    exit_text="signal 9 (SIGKILL)",
    attempt=1,
    max_attempts=2,
    cores=(6, 7),
    likely_cause="out of memory",
    peak_rss_bytes=3 * 2**30,
    traceback_text="Fatal Python error: Segmentation fault\n",
)
ALL = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, HpcflowError)]  # sorted by name


def example(cls: type[HpcflowError]) -> HpcflowError:
    return cls(FACTS) if issubclass(cls, WorkerLostError) else cls("what happened")


@pytest.mark.parametrize("cls", ALL)
def test_travels(cls: type[HpcflowError]) -> None:
    error = example(cls)
    error.add_note("seen in flow sweep")
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        revived = pickle.loads(pickle.dumps(error, protocol))
        assert type(revived) is cls
        assert str(revived) == str(error)
        assert revived.args == error.args
        assert vars(revived) == vars(error)


class TwoPartError(HpcflowError):
    """What a subclass of a user may look like: its `__init__` takes what `args` does not hold."""

    def __init__(self, *, path: str, line: int) -> None:
        super().__init__(f"{path}:{line} is bad")
        self.path = path
        self.line = line


def test_subclass_with_own_init_travels() -> None:
    revived = pickle.loads(pickle.dumps(TwoPartError(path="a.csv", line=3)))
    assert (str(revived), revived.path, revived.line) == ("a.csv:3 is bad", "a.csv", 3)


def test_unpickled_error_owns_its_attributes() -> None:
    error = UnfinishedRun("x")
    state = error.__reduce__()[2]
    state["later"] = 1
    assert not hasattr(error, "later")


@pytest.mark.parametrize(
    ("cls", "also"),
    [
        (UnfinishedRun, RuntimeError),
        (WorkerLostError, CrashedRun),
        (TaskRunTimeoutError, TimeoutError),
        (ParameterBindError, TypeError),
        (ReservedArgumentError, TypeError),
        (ConfigurationError, ValueError),
        (SerializationError, pickle.PickleError),
        (EncodingError, pickle.PicklingError),
        (EncodingError, SerializationError),
        (DecodingError, pickle.UnpicklingError),
        (DecodingError, SerializationError),
        (MemoryBudgetError, MemoryError),
        (EngineForkedError, RuntimeError),
        (EngineClosedError, RuntimeError),
    ],
)
def test_is_caught_as(cls: type[HpcflowError], also: type[Exception]) -> None:
    assert issubclass(cls, also)


@pytest.mark.parametrize(
    ("one", "other"), [(CancelledRun, FailedRun), (FailedRun, CrashedRun), (CancelledRun, CrashedRun)]
)
def test_endings_are_told_apart(one: type[HpcflowError], other: type[HpcflowError]) -> None:
    assert not issubclass(one, other)
    assert not issubclass(other, one)


def drawn_tree() -> list[tuple[int, str, str]]:
    """Read the drawing at the top of errors.py: of each line the depth, the class and the builtin beside it."""
    drawing = (errors.__doc__ or "").split("The whole tree:")[1].split("Names that exist")[0]
    lines = re.findall(r"^    ([ │├└─]*)(\w+)(?: +([A-Z]\w+Error))?", drawing, re.MULTILINE)
    return [(len(indent) // 4, name, builtin) for indent, name, builtin in lines]


def test_tree_at_the_top_is_complete() -> None:
    assert sorted(name for _, name, _ in drawn_tree()) == [cls.__name__ for cls in ALL]


def test_tree_at_the_top_is_true() -> None:
    above: dict[int, str] = {}
    for depth, name, builtin in drawn_tree():
        above[depth] = name
        bases = {base.__name__ for base in getattr(errors, name).__bases__}
        assert bases == {above[depth - 1] if depth else "Exception"} | ({builtin} if builtin else set()), name


# --- WorkerLostError ---------------------------------------------------------------------------------------------------


def test_lost_worker_says_what_is_known() -> None:
    assert str(WorkerLostError(FACTS)) == (
        "worker 3 (pid 4711, cores 6-7) died while running resize[41], attempt 1 of 2.\n"
        "Exit: signal 9 (SIGKILL). Likely: out of memory. Peak memory: 3,072 MiB. Where it was:\n"
        "Fatal Python error: Segmentation fault"
    )


def test_lost_worker_is_silent_about_what_is_not_known() -> None:
    error = WorkerLostError(CrashFacts(run_name="resize", slot=0, pid=7, exit_text="exit status 3"))
    assert str(error) == (
        "worker 0 (pid 7) died while running resize, attempt 1 of 1.\n"
        "Exit: exit status 3. Its traceback, if any, is on stderr above."
    )


def test_lost_worker_has_each_fact_as_attribute() -> None:
    error = WorkerLostError(FACTS)
    for name in CrashFacts._fields:
        assert getattr(error, name) == getattr(FACTS, name)
    assert error.facts is FACTS


@pytest.mark.parametrize(
    ("cores", "text"),
    [
        ((3,), "core 3"),
        ((6, 7), "cores 6-7"),
        ((0, 1, 2, 8), "cores 0-2,8"),
        ((9, 1), "cores 1,9"),
        ((5, 4, 4), "cores 4-5"),
    ],
)
def test_cores_read_as_the_kernel_writes_them(cores: tuple[int, ...], text: str) -> None:
    facts = CrashFacts(run_name="resize", slot=0, pid=7, exit_text="exit status 3", cores=cores)
    assert f"(pid 7, {text})" in str(WorkerLostError(facts))


# --- calls that cannot be made -------------------------------------------------------------------------------------------


def test_bind_failure_names_function_signature_and_what_came() -> None:
    def train(config: str, *, seed: int = 0) -> None: ...

    error = TypeError("got an unexpected keyword argument 'sed'")
    message = str(ParameterBindError.from_bind_failure(train, error, ("a",), {"sed": 1}))
    assert message == (
        "Error binding parameters for function 'train': got an unexpected keyword argument 'sed'.\n"
        "Function 'train' has signature 'config: 'str', *, seed: 'int' = 0) -> 'None'' "
        "but received args: ('a',) and kwargs: ['sed']."
    )


def test_bind_failure_of_a_callable_without_name() -> None:
    class Trainer:
        def __call__(self, config: str) -> None: ...

        def __repr__(self) -> str:
            return "Trainer()"

    message = str(ParameterBindError.from_bind_failure(Trainer(), TypeError("too many"), (1, 2), {}))
    assert message.startswith("Error binding parameters for function 'Trainer()': too many.")


def test_validation_failure_lists_each_parameter() -> None:
    class Failure:
        def errors(self) -> list[dict[str, object]]:
            return [{"loc": ("sizes", 0), "msg": "not an integer"}, {"loc": ("name",), "msg": "missing"}]

    assert str(ParameterTypeError.from_validation_error(Failure())) == (
        "Flow run received invalid parameters:\n - sizes.0: not an integer\n - name: missing"
    )


def test_base_can_be_caught() -> None:
    with pytest.raises(HpcflowError, match="nothing to map"):
        raise MappingMissingIterable("nothing to map")
