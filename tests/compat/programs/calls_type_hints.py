from typing import Any

from prefect import Task, flow, task
from prefect.futures import PrefectFuture, PrefectFutureList
from prefect.states import State


@task
def inc(x: int) -> int:
    return x + 1


def ask(future: PrefectFuture[int], many: PrefectFutureList[int], state: State[Any]) -> list[int]:
    return [future.result(), *many.result(), state.result()]


@flow
def main(n: int) -> list[int]:
    return ask(inc.submit(n), inc.map([n, n + 1]), inc(n, return_state=True))


print(main(1), inc.__annotations__)
