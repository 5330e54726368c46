"""What the key of a cached result is made of: the policies for `@task(cache_policy=...)`.

A run whose key is known already is not executed: it ends as `Cached`, with the value that is kept. A policy makes the key, from
what the run is given and where it stands; a policy that gives None keeps nothing. Policies are added, and inputs taken out:

    INPUTS                  the run's arguments, defaults included; tasks with equal arguments share their results!
    TASK_SOURCE             the text of the task's function
    FLOW_PARAMETERS         the arguments of the flow run
    RUN_ID                  the flow run; outside of flows the run itself, so that nothing is found again
    NO_CACHE, NONE          nothing is kept
    DEFAULT                 INPUTS + TASK_SOURCE + RUN_ID: what a flow run has computed once
    INPUTS - "session"      without this argument

Names and meaning are Prefect's. Keys are made where the run is executed, by the same code in every process.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from hpcflow.errors import ConfigurationError, HashError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "DEFAULT",
    "FLOW_PARAMETERS",
    "INPUTS",
    "NONE",
    "NO_CACHE",
    "RUN_ID",
    "TASK_SOURCE",
    "CacheKeyFnPolicy",
    "CachePolicy",
    "CompoundCachePolicy",
    "FlowParameters",
    "Inputs",
    "RunId",
    "TaskSource",
]


@dataclass
class CachePolicy:
    """Make the key of a run. To write another policy, say in a subclass what `compute_key` gives.

    Example:
        >>> class ByDay(CachePolicy):
        ...     def compute_key(self, task_ctx, inputs, flow_parameters, **kwargs):
        ...         return str(inputs["day"])
        >>> ByDay().compute_key(None, {"day": "2026-01-31"}, {})
        '2026-01-31'
    """

    key_storage: str | Path | None = None
    isolation_level: str | None = None
    lock_manager: Any = None

    @classmethod
    def from_cache_key_fn(cls, cache_key_fn: Callable[[Any, dict[str, Any]], str | None]) -> CacheKeyFnPolicy:
        """Make a policy of a function that is given the run's context and arguments.

        Example:
            >>> CachePolicy.from_cache_key_fn(lambda context, arguments: "one for all").compute_key(None, {}, {})
            'one for all'
        """
        return CacheKeyFnPolicy(cache_key_fn=cache_key_fn)

    def configure(
        self, key_storage: str | Path | None = None, lock_manager: Any = None, isolation_level: Any = None
    ) -> Self:
        """Give the same policy, its results kept in another folder.

        Raises:
            ConfigurationError: of locks: two runs with one key may both be executed, and the last result stands.

        Example:
            >>> INPUTS.configure(key_storage="results").key_storage
            'results'
            >>> INPUTS.configure(isolation_level="SERIALIZABLE")
            Traceback (most recent call last):
            hpcflow.errors.ConfigurationError: cache policies have no locks: the isolation level is READ_COMMITTED, not 'SERIALIZABLE'
        """
        level = getattr(isolation_level, "value", isolation_level)
        if lock_manager is not None or level not in (None, "READ_COMMITTED"):
            asked = "SERIALIZABLE" if level is None else level
            message = f"cache policies have no locks: the isolation level is READ_COMMITTED, not {asked!r}"
            raise ConfigurationError(message)
        new = copy.deepcopy(self)
        new.key_storage = key_storage if key_storage is not None else self.key_storage
        new.isolation_level = level if level is not None else self.isolation_level
        return new

    def compute_key(
        self, task_ctx: Any, inputs: dict[str, Any], flow_parameters: dict[str, Any], **kwargs: Any
    ) -> str | None:
        """Give the key of a run; None: nothing is kept of it.

        `task_ctx` has the attributes `task`, `task_run` and `parameters`.
        """
        raise NotImplementedError

    def __sub__(self, other: str) -> CachePolicy:
        _refuse_other_than_text(other)
        return self  # what has no inputs has none to take out

    def __add__(self, other: Any) -> CachePolicy:
        if not isinstance(other, CachePolicy):
            return NotImplemented
        if isinstance(other, _None):
            return self
        one, two = self.key_storage, other.key_storage
        if one is not None and two is not None and one != two:
            message = "Cannot add CachePolicies with different storage locations."
            raise ValueError(message)
        return CompoundCachePolicy(
            policies=[self, other],
            key_storage=one if one is not None else two,
            isolation_level=self.isolation_level or other.isolation_level,
        )


@dataclass
class CacheKeyFnPolicy(CachePolicy):
    """Have a function make the key: `cache_key_fn(context, parameters)`.

    Example:
        >>> policy = CacheKeyFnPolicy(cache_key_fn=lambda context, parameters: parameters["name"])
        >>> policy.compute_key(None, {"name": "iris"}, {})
        'iris'
    """

    cache_key_fn: Callable[[Any, dict[str, Any]], str | None] | None = None

    def compute_key(
        self,
        task_ctx: Any,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],  # noqa: ARG002 - every policy has them
        **kwargs: Any,  # noqa: ARG002 - as above
    ) -> str | None:
        """Ask the function."""
        return None if self.cache_key_fn is None else self.cache_key_fn(task_ctx, inputs)


@dataclass
class CompoundCachePolicy(CachePolicy):
    """Make one key of those of several policies; those that give None do not count.

    Example:
        >>> [type(policy).__name__ for policy in DEFAULT.policies]
        ['TaskSource', 'RunId', 'Inputs']
    """

    policies: list[CachePolicy] = field(default_factory=list)

    def __post_init__(self) -> None:
        parts: list[CachePolicy] = []
        for policy in self.policies:
            parts += policy.policies if isinstance(policy, CompoundCachePolicy) else [policy]
        # One policy of inputs, without all that any of them leaves out; last, so that equal sums are equal.
        of_inputs = [policy for policy in parts if isinstance(policy, Inputs)]
        self.policies = [policy for policy in parts if not isinstance(policy, Inputs)]
        if of_inputs:
            self.policies.append(Inputs(exclude=sorted({name for policy in of_inputs for name in policy.exclude})))

    def compute_key(
        self, task_ctx: Any, inputs: dict[str, Any], flow_parameters: dict[str, Any], **kwargs: Any
    ) -> str | None:
        """Ask each policy."""
        made = [
            policy.compute_key(task_ctx=task_ctx, inputs=inputs, flow_parameters=flow_parameters, **kwargs)
            for policy in self.policies
        ]
        keys = [key for key in made if key is not None]
        return _hash(*keys) if keys else None

    def __sub__(self, other: str) -> CachePolicy:
        _refuse_other_than_text(other)
        if not any(isinstance(policy, Inputs) for policy in self.policies):
            return self
        return replace(self, policies=[*self.policies, Inputs(exclude=[other])])


class _None(CachePolicy):
    """Keep nothing."""

    def compute_key(
        self,
        task_ctx: Any,  # noqa: ARG002 - every policy has them
        inputs: dict[str, Any],  # noqa: ARG002 - as above
        flow_parameters: dict[str, Any],  # noqa: ARG002 - as above
        **kwargs: Any,  # noqa: ARG002 - as above
    ) -> str | None:
        return None

    def __add__(self, other: Any) -> CachePolicy:
        return other if isinstance(other, CachePolicy) else NotImplemented


class TaskSource(CachePolicy):
    """Make the key of the text of the task's function; not of the functions that it calls.

    Example:
        >>> from types import SimpleNamespace
        >>> context = SimpleNamespace(task=SimpleNamespace(source_code="def f(x): return x"))
        >>> len(TASK_SOURCE.compute_key(context, {}, {}))
        32
    """

    def compute_key(
        self,
        task_ctx: Any,
        inputs: dict[str, Any],  # noqa: ARG002 - every policy has them
        flow_parameters: dict[str, Any],  # noqa: ARG002 - as above
        **kwargs: Any,  # noqa: ARG002 - as above
    ) -> str | None:
        """Digest the text."""
        return None if task_ctx is None else _hash(task_ctx.task.source_code)


class FlowParameters(CachePolicy):
    """Make the key of the arguments of the flow run.

    Example:
        >>> FLOW_PARAMETERS.compute_key(None, {}, {}) is None
        True
    """

    def compute_key(
        self,
        task_ctx: Any,  # noqa: ARG002 - every policy has them
        inputs: dict[str, Any],  # noqa: ARG002 - as above
        flow_parameters: dict[str, Any] | HashedParameters,
        **kwargs: Any,  # noqa: ARG002 - as above
    ) -> str | None:
        """Digest the arguments, or give the digest that came in their place."""
        if isinstance(flow_parameters, HashedParameters):
            return flow_parameters.digest()
        return _hash(flow_parameters) if flow_parameters else None


class RunId(CachePolicy):
    """Make the key of the flow run's id, or of the run's own where there is no flow run.

    Example:
        >>> from types import SimpleNamespace
        >>> context = SimpleNamespace(task_run=SimpleNamespace(flow_run_id=None, id=7))
        >>> RUN_ID.compute_key(context, {}, {})
        '7'
    """

    def compute_key(
        self,
        task_ctx: Any,
        inputs: dict[str, Any],  # noqa: ARG002 - every policy has them
        flow_parameters: dict[str, Any],  # noqa: ARG002 - as above
        **kwargs: Any,  # noqa: ARG002 - as above
    ) -> str | None:
        """Give the id."""
        if task_ctx is None:
            return None
        run = task_ctx.task_run
        return str(run.id if run.flow_run_id is None else run.flow_run_id)


@dataclass
class Inputs(CachePolicy):
    """Make the key of the run's arguments, except those that `exclude` names.

    Example:
        >>> (INPUTS - "session").compute_key(None, {"url": "a", "session": object}, {}) == (
        ...     INPUTS.compute_key(None, {"url": "a"}, {})
        ... )
        True
    """

    exclude: list[str] = field(default_factory=list)

    def compute_key(
        self,
        task_ctx: Any,  # noqa: ARG002 - every policy has them
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],  # noqa: ARG002 - as above
        **kwargs: Any,  # noqa: ARG002 - as above
    ) -> str | None:
        """Digest the arguments.

        Raises:
            HashError: one cannot be digested; the error names it.
        """
        if not inputs:
            return None
        counted = {name: value for name, value in inputs.items() if name not in self.exclude}
        try:
            return _hash(counted)
        except HashError as error:
            name = _first_unhashable(counted)
            message = (
                f"argument {name!r}: {error}. Leave it out of the key (INPUTS - {name!r}), "
                "make the key by a cache_key_fn, or keep nothing of this task (cache_policy=NO_CACHE)."
            )
            raise HashError(message) from error

    def __sub__(self, other: str) -> CachePolicy:
        _refuse_other_than_text(other)
        return replace(self, exclude=[*self.exclude, other])


class HashedParameters:
    """Stand for the arguments of a flow run, which need not travel to every worker.

    Example:
        >>> FLOW_PARAMETERS.compute_key(None, {}, HashedParameters({"a": 1})) == (
        ...     FLOW_PARAMETERS.compute_key(None, {}, {"a": 1})
        ... )
        True
    """

    __slots__ = ("_digest", "_problem")

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._digest: str | None = None
        self._problem: str | None = None
        try:
            self._digest = _hash(parameters) if parameters else None
        except HashError as error:
            self._problem = f"the flow's arguments: {error}"

    def digest(self) -> str | None:
        """Give their digest; raise the HashError that came of it."""
        if self._problem is not None:
            raise HashError(self._problem)
        return self._digest


def is_own(policy: CachePolicy) -> bool:
    """Tell whether the policy is made of those of this module, and runs no code of the user's.

    Example:
        >>> is_own(DEFAULT), is_own(INPUTS + CachePolicy.from_cache_key_fn(len))
        (True, False)
    """
    if type(policy) is CompoundCachePolicy:
        return all(is_own(part) for part in policy.policies)
    return type(policy) in (Inputs, TaskSource, FlowParameters, RunId, _None)


def asks_for_flow_parameters(policy: CachePolicy) -> bool:
    """Tell whether a policy of the user's is among its parts, which is given the flow's arguments themselves.

    Example:
        >>> asks_for_flow_parameters(DEFAULT), asks_for_flow_parameters(CachePolicy())
        (False, True)
    """
    if type(policy) is CompoundCachePolicy:
        return any(asks_for_flow_parameters(part) for part in policy.policies)
    return type(policy) is not CacheKeyFnPolicy and not is_own(policy)


def has_part(policy: CachePolicy, kind: type[CachePolicy]) -> bool:
    """Tell whether the policy is one of this kind, or has one among its parts.

    Example:
        >>> has_part(DEFAULT, TaskSource), has_part(INPUTS, TaskSource)
        (True, False)
    """
    return isinstance(policy, kind) or (
        isinstance(policy, CompoundCachePolicy) and any(has_part(part, kind) for part in policy.policies)
    )


def _refuse_other_than_text(other: object) -> None:
    if not isinstance(other, str):
        message = "Can only subtract strings from key policies."
        raise TypeError(message)


def _first_unhashable(values: dict[str, Any]) -> str:
    for name, value in values.items():
        try:
            _hash(value)
        except HashError:
            return name
    return next(iter(values))


def _hash(*values: object) -> str:
    from hpcflow._hashing import hash_value  # lazy: loaded where the first key is made

    return hash_value(*values)


INPUTS = Inputs()
NONE = _None()
NO_CACHE = _None()
TASK_SOURCE = TaskSource()
FLOW_PARAMETERS = FlowParameters()
RUN_ID = RunId()
DEFAULT = INPUTS + TASK_SOURCE + RUN_ID
