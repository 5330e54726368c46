from prefect import allow_failure, unmapped
from prefect.utilities.annotations import BaseAnnotation, NotSet, allow_failure as allow, quote, unmapped as un

print(unmapped([1, 2]), repr(unmapped("a")), unmapped(1) == unmapped(1), unmapped(1) == unmapped(2))
print(repr(allow_failure([1])), repr(quote({"a": 1})), quote(1) == allow_failure(1))
print(unmapped(3).value, unmapped(3).unwrap(), quote([1]).unwrap(), allow_failure("x").unwrap())
print(unmapped(3).rewrap(4), isinstance(unmapped(3), BaseAnnotation), allow is allow_failure, un is unmapped)
print(unmapped([1, 2])[0] == [1, 2], len(unmapped(5)))
value = unmapped([1, 2, 3])
print(value[7], type(value).__name__)
