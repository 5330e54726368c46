import datetime
import decimal
import uuid

from prefect import flow, task


@task
def give(value):
    return value


@flow
def main():
    values = [
        datetime.date(2024, 1, 2),
        datetime.timedelta(seconds=3),
        decimal.Decimal("1.10"),
        uuid.UUID(int=5),
        {1: {2: [3]}},
        frozenset([1]),
        b"bytes",
        bytearray(b"x"),
        complex(1, 2),
        float("inf"),
        "é" * 3,
        2**100,
        (1, (2, (3,))),
        range(3),
        ValueError("as a value"),
        type("Dynamic", (), {}).__name__,
    ]
    print([repr(result) for result in give.map(values).result()])
    print(give.submit(values[4]).result() == values[4], repr(give.submit(ValueError("v")).result()))
    print(repr(give(KeyError("k"))))
    return 1


print(main())
