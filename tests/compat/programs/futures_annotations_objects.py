from prefect import allow_failure, unmapped
from prefect.utilities.annotations import BaseAnnotation, opaque, quote

for cls in (unmapped, allow_failure, quote, opaque):
    one = cls([1, 2])
    print(cls.__name__, repr(one), one.value, one.unwrap(), one.rewrap(3), one == cls([1, 2]), isinstance(one, BaseAnnotation))
print(unmapped(1) == quote(1), unmapped(7)[0], unmapped(7)[99])
print(unmapped(quote(3)).unwrap())
