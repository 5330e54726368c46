from prefect.utilities.annotations import BaseAnnotation, NotSet, allow_failure, opaque, quote, unmapped
from prefect.utilities.asyncutils import is_async_fn, is_async_gen_fn, run_coro_as_sync
from prefect.utilities.collections import batched_iterable, dict_to_flatdict, distinct, ensure_iterable, flatdict_to_dict, isiterable, listrepr
from prefect.utilities.hashing import file_hash, hash_objects, stable_hash


async def answer():
    return 42


async def many():
    yield 1


print(run_coro_as_sync(answer()), is_async_fn(answer), is_async_fn(len), is_async_gen_fn(many))
print(stable_hash("a", b"b"), stable_hash("ab"))
print(type(hash_objects(1, a=[1, 2])), hash_objects(1, a=[1, 2]) == hash_objects(1, a=[1, 2]), hash_objects({"b": 1, "a": 2}) == hash_objects({"a": 2, "b": 1}))
print(isiterable([1]), isiterable("abc"), isiterable(5), isiterable(iter([])), isiterable({1}), isiterable(b"x"))
print(list(batched_iterable(range(5), 2)), list(distinct([1, 2, 1, 3])), list(distinct(["a", "b", "cc"], key=len)), ensure_iterable(1), ensure_iterable([1]))
print(dict_to_flatdict({"a": {"b": 1, "c": {"d": 2}}, "e": 3}), flatdict_to_dict({("a", "b"): 1, ("c",): 2}))
print(listrepr([1, "a"]), listrepr([1, 2], sep=", "))
print(unmapped([1]).unwrap(), quote(1).unwrap(), allow_failure(2).unwrap(), isinstance(opaque(1), BaseAnnotation), NotSet.__name__)
