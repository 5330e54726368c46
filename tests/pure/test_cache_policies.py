"""Cache policies: what they are together, and what keys they give."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hpcflow.cache_policies import (
    DEFAULT,
    FLOW_PARAMETERS,
    INPUTS,
    NO_CACHE,
    NONE,
    RUN_ID,
    TASK_SOURCE,
    CacheKeyFnPolicy,
    CachePolicy,
    CompoundCachePolicy,
    Inputs,
)
from hpcflow.errors import ConfigurationError, HashError


def key(
    policy: CachePolicy, inputs: dict[str, Any], *, source: str = "", flow: Any = "f", parameters: Any = None
) -> Any:
    context = SimpleNamespace(
        task=SimpleNamespace(source_code=source), task_run=SimpleNamespace(flow_run_id=flow, id="r"), parameters=inputs
    )
    return policy.compute_key(context, inputs, parameters or {})


# --- together ---------------------------------------------------------------------------------------------------------


def test_sums_are_flat_and_have_their_inputs_last() -> None:
    both = INPUTS + TASK_SOURCE + RUN_ID
    assert isinstance(both, CompoundCachePolicy)
    assert both.policies == [TASK_SOURCE, RUN_ID, INPUTS]
    assert (TASK_SOURCE + (INPUTS + RUN_ID)) == DEFAULT


def test_nothing_added_changes_nothing() -> None:
    assert INPUTS + NO_CACHE == NO_CACHE + INPUTS == INPUTS
    assert NONE == NO_CACHE
    assert key(NO_CACHE, {"x": 1}) is None


def test_inputs_taken_out_add_up() -> None:
    left = (INPUTS - "a") + (INPUTS - "b")
    assert isinstance(left, CompoundCachePolicy)
    assert left.policies == [Inputs(exclude=["a", "b"])]
    assert (DEFAULT - "a").policies[-1] == Inputs(exclude=["a"])  # type: ignore[attr-defined]
    assert (TASK_SOURCE - "a") == TASK_SOURCE
    assert Inputs() == INPUTS  # itself unchanged


def test_only_policies_are_added_and_only_names_taken_out() -> None:
    with pytest.raises(TypeError, match="Can only subtract strings"):
        INPUTS - 3  # type: ignore[operator]
    with pytest.raises(TypeError, match="unsupported operand"):
        INPUTS + 3


def test_configure() -> None:
    elsewhere = DEFAULT.configure(key_storage="/data")
    assert (elsewhere.key_storage, DEFAULT.key_storage) == ("/data", None)
    assert (elsewhere + INPUTS).key_storage == (INPUTS + elsewhere).key_storage == "/data"
    assert INPUTS.configure(isolation_level="READ_COMMITTED") == Inputs(isolation_level="READ_COMMITTED")
    with pytest.raises(ValueError, match="different storage"):
        elsewhere + INPUTS.configure(key_storage="/other")
    with pytest.raises(ConfigurationError, match="no locks"):
        INPUTS.configure(lock_manager=object())


# --- keys -------------------------------------------------------------------------------------------------------------


def test_each_policy_tells_what_it_is_for() -> None:
    base = key(DEFAULT, {"x": 1}, source="a")
    assert base == key(DEFAULT, {"x": 1}, source="a")
    assert len({base, key(DEFAULT, {"x": 2}, source="a"), key(DEFAULT, {"x": 1}, source="b")}) == 3
    assert key(DEFAULT, {"x": 1}, source="a", flow="g") != base
    assert key(RUN_ID, {}, flow="f") == "f"
    assert key(RUN_ID, {}, flow=None) == "r"
    assert key(FLOW_PARAMETERS, {}) is None
    assert key(FLOW_PARAMETERS, {}, parameters={"a": 1}) == key(FLOW_PARAMETERS, {"x": 2}, parameters={"a": 1})
    assert key(INPUTS, {}) is None
    assert key(INPUTS + FLOW_PARAMETERS, {}) is None


def test_parts_that_give_none_do_not_count() -> None:
    nothing = CacheKeyFnPolicy(cache_key_fn=lambda _context, _inputs: None)
    assert key(TASK_SOURCE + nothing, {}, source="a") is not None
    assert CachePolicy.from_cache_key_fn(lambda _, inputs: inputs["x"]).compute_key(None, {"x": "k"}, {}) == "k"


def test_an_input_that_cannot_be_hashed_is_named() -> None:
    with pytest.raises(HashError, match=r"argument 'lock': a value of type builtins\.generator"):
        key(INPUTS, {"x": 1, "lock": (x for x in [1])})
    assert key(INPUTS - "lock", {"x": 1, "lock": (x for x in [1])}) == key(INPUTS, {"x": 1})
