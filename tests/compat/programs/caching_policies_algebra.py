from prefect.cache_policies import DEFAULT, FLOW_PARAMETERS, INPUTS, NO_CACHE, NONE, RUN_ID, TASK_SOURCE, CacheKeyFnPolicy, CachePolicy, CompoundCachePolicy, Inputs

print([type(policy).__name__ for policy in (DEFAULT, INPUTS, NO_CACHE, NONE, RUN_ID, TASK_SOURCE, FLOW_PARAMETERS)])
print(type(INPUTS + TASK_SOURCE).__name__, type(INPUTS - "x").__name__, (INPUTS - "x").exclude, (INPUTS - "x" - "y").exclude)
print(type(INPUTS + NONE).__name__, type(NONE + INPUTS).__name__, INPUTS == Inputs(), INPUTS + TASK_SOURCE == INPUTS + TASK_SOURCE)
print(sorted(type(policy).__name__ for policy in (INPUTS + TASK_SOURCE + RUN_ID).policies))
print(isinstance(INPUTS, CachePolicy), isinstance(INPUTS + RUN_ID, CompoundCachePolicy))
policy = CachePolicy.from_cache_key_fn(lambda context, parameters: "key")
print(type(policy).__name__, isinstance(policy, CacheKeyFnPolicy))
key = INPUTS.compute_key(task_ctx=None, inputs={"a": 1, "b": 2}, flow_parameters=None)
same = INPUTS.compute_key(task_ctx=None, inputs={"b": 2, "a": 1}, flow_parameters=None)
without = (INPUTS - "b").compute_key(task_ctx=None, inputs={"a": 1, "b": 3}, flow_parameters=None)
print(key == same, isinstance(key, str), without == (INPUTS - "b").compute_key(task_ctx=None, inputs={"a": 1}, flow_parameters=None))
print(INPUTS.compute_key(task_ctx=None, inputs={}, flow_parameters=None), NONE.compute_key(task_ctx=None, inputs={"a": 1}, flow_parameters=None))
