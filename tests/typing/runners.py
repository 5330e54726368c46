"""What users write with runners, and the type of each line: checked by mypy, never executed."""

from __future__ import annotations

from typing import assert_type

from hpcflow import (
    DaskTaskRunner,
    PrefectFuture,
    PrefectFutureList,
    ProcessPoolTaskRunner,
    TaskRunner,
    ThreadPoolTaskRunner,
    flow,
    task,
)


@task
def length(text: str) -> int:
    return len(text)


@task
async def shout(text: str) -> str:
    return text.upper()


def as_context_managers() -> None:
    with ThreadPoolTaskRunner(max_workers=2) as runner:
        assert_type(runner, ThreadPoolTaskRunner)
        assert_type(runner.submit(length, {"text": "a"}), PrefectFuture[int])
        assert_type(runner.submit(shout, {"text": "a"}).result(), str)
        assert_type(runner.map(length, parameters={"text": ["a"]}, wait_for=[]), PrefectFutureList[int])
        assert_type(runner.duplicate(), ThreadPoolTaskRunner)
    with DaskTaskRunner(cluster_kwargs={"n_workers": 1}) as cluster:
        assert_type(cluster.map(shout, {"text": ["a"]}).result(), list[str])


def as_classes_or_instances() -> None:
    runners: list[TaskRunner | type[TaskRunner]] = [ThreadPoolTaskRunner, ProcessPoolTaskRunner(2), DaskTaskRunner()]

    @flow(task_runner=runners[0])
    def lengths(texts: list[str]) -> list[int]:
        return length.map(texts).result()

    assert_type(lengths(["a"]), list[int])
    flow(task_runner="threads")(length.fn)  # type: ignore[call-overload]  # the mistake
