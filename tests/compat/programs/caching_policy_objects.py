from prefect.cache_policies import (
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
    RunId,
    TaskSource,
)

for policy in (INPUTS, NO_CACHE, RUN_ID, TASK_SOURCE, DEFAULT, FLOW_PARAMETERS):
    print(type(policy).__name__, isinstance(policy, CachePolicy))
print(NONE == NO_CACHE, isinstance(INPUTS, Inputs), isinstance(RUN_ID, RunId), isinstance(TASK_SOURCE, TaskSource))
print(isinstance(DEFAULT, CompoundCachePolicy), isinstance(INPUTS + RUN_ID, CompoundCachePolicy))
print((INPUTS - "x").exclude, Inputs(exclude=["a"]).exclude, (INPUTS - "x" - "y").exclude, INPUTS.exclude)
print((INPUTS + NO_CACHE) == INPUTS, (NO_CACHE + RUN_ID) == RUN_ID)
