from prefect import allow_failure, unmapped
from prefect.utilities.annotations import quote

for each in (unmapped([1]), allow_failure("x"), quote({"a": 1})):
    print(each, each.unwrap(), each.rewrap(5), each == type(each)(each.unwrap()))
