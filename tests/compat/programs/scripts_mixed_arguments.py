from dataclasses import dataclass
from typing import Any

from prefect import flow, task, unmapped


@dataclass
class Request:
    source: Any
    options: dict


@task
def number(x):
    return x


@task
def handle(request, *, scale=1, extra=()):
    return request.source * scale + sum(request.options.values()) + sum(extra)


@flow
def main():
    one, two = number.submit(1), number.submit(2)
    request = Request(one, {"a": two, "b": 10})
    print(handle(request), handle.submit(request, scale=two).result(), handle.submit(request, extra=[one, two]).result())
    print(handle.map([request, Request(5, {})], scale=[one, two]).result())
    print(handle.map([request], extra=unmapped((one, 100))).result())


main()
