from dataclasses import dataclass

from prefect.utilities.annotations import quote
from prefect.utilities.collections import visit_collection


@dataclass
class Point:
    x: int
    y: object


def double(value):
    return value * 2 if isinstance(value, int) else value


data = {"a": [1, (2, {3})], "b": Point(4, [5]), 6: "text"}
print(visit_collection(data, double, return_data=True))
seen = []
print(visit_collection([1, [2, [3, {"k": 4}]]], seen.append, return_data=False), seen)
seen.clear()
visit_collection([1, [2, [3]]], seen.append, max_depth=1)
print(seen)
print(visit_collection(quote([1]), double, return_data=True, remove_annotations=True), visit_collection(5, double, return_data=True))
