from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from prefect import flow


@flow
def main(day: date, moment: datetime, length: timedelta, path: Path, key: UUID, flag: bool, data: bytes, numbers: set[int]):
    for value in (day, moment, length, path, key, flag, data, sorted(numbers)):
        print(type(value).__name__, value)


main("2024-01-02", "2024-01-02T03:04:05", 90, "/tmp/x", "1f3870be-274f-4c49-b3e3-1a0c6728957f", "yes", "abc", ["1", 2, 2])
