"""hpcflow and its peers behind one face, so that each benchmark is one piece of code for all of them.

A :class:`Pool` holds an engine's own calls as they are: what a benchmark times is the engine's method and not a
wrapper of ours. An *opener* starts an engine with a number of workers and closes it afterwards. Where several are
open at once, open them in the order of :data:`OPENERS`: the peers that fork the parent come first, while it has no
threads yet.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from operator import itemgetter, methodcaller
from typing import Any

import joblib
import loky

import hpcflow
from benchmarks.work import nothing, same

# One a physical core that this process may use: hpcflow takes that by itself, so its shared pool is as large as the
# peers' pools.
WORKERS: int = loky.cpu_count(only_physical_cores=True)

Submit = Callable[..., Any]


@dataclass(slots=True, frozen=True)
class Pool:
    """An open engine.

    Attributes:
        name: as it stands in the tables.
        submitter: takes a function and returns the call that starts one run of it and returns the handle of the run.
        collect: takes a handle and returns the value of its run, waiting for it.
        mapper: takes a function and items, returns the values in order; no chunk size is given.
    """

    name: str
    submitter: Callable[[Callable[..., Any]], Submit]
    collect: Callable[[Any], Any]
    mapper: Callable[[Callable[[Any], Any], Sequence[Any]], Sequence[Any]]

    def warmed_up(self, worker_count: int) -> Pool:
        """Have every worker started, for engines start them at the first submits; return the pool itself."""
        submit = self.submitter(nothing)
        for handle in [submit() for _ in range(16 * worker_count)]:
            self.collect(handle)
        return self


Opener = Callable[[int], AbstractContextManager[Pool]]


def executor_pool(name: str, executor: Executor) -> Pool:
    """Put the face of a Pool on any concurrent.futures executor."""
    return Pool(
        name,
        submitter=lambda function: partial(executor.submit, function),
        collect=methodcaller("result"),
        mapper=lambda function, items: list(executor.map(function, items)),
    )


@contextmanager
def open_stdlib_fork(worker_count: int) -> Iterator[Pool]:
    """Open concurrent.futures.ProcessPoolExecutor over fork."""
    with ProcessPoolExecutor(worker_count, mp_context=multiprocessing.get_context("fork")) as executor:
        yield executor_pool("stdlib fork", executor).warmed_up(worker_count)


@contextmanager
def open_stdlib_spawn(worker_count: int) -> Iterator[Pool]:
    """Open concurrent.futures.ProcessPoolExecutor over spawn."""
    with ProcessPoolExecutor(worker_count, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor_pool("stdlib spawn", executor).warmed_up(worker_count)


@contextmanager
def open_mp_pool(worker_count: int) -> Iterator[Pool]:
    """Open multiprocessing.Pool over fork."""
    with multiprocessing.get_context("fork").Pool(worker_count) as mp_pool:

        def submitter(function: Callable[..., Any]) -> Submit:
            return lambda *args: mp_pool.apply_async(function, args)

        yield Pool("mp.Pool", submitter, methodcaller("get"), mp_pool.map).warmed_up(worker_count)


@contextmanager
def open_loky(worker_count: int) -> Iterator[Pool]:
    """Open loky's executor."""
    with loky.ProcessPoolExecutor(worker_count) as executor:
        yield executor_pool("loky", executor).warmed_up(worker_count)


@contextmanager
def open_joblib(worker_count: int) -> Iterator[Pool]:
    """Open joblib.Parallel, whose workers stay for the whole block. It has no futures: a submit is a batch of one."""
    with joblib.Parallel(n_jobs=worker_count) as parallel:
        delayed = joblib.delayed

        def submitter(function: Callable[..., Any]) -> Submit:
            return lambda *args: parallel([delayed(function)(*args)])

        def mapper(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
            values: list[Any] = parallel(delayed(function)(item) for item in items)
            return values

        mapper(same, range(16 * worker_count))
        yield Pool("joblib", submitter, itemgetter(0), mapper)


@contextmanager
def open_hpcflow_executor(worker_count: int) -> Iterator[Pool]:
    """Open hpcflow.Executor, which heals itself as runs of tasks do."""
    with hpcflow.Executor(max_workers=worker_count, on_worker_death="isolate") as executor:
        yield executor_pool("hpcflow.Executor", executor).warmed_up(worker_count)


@contextmanager
def open_hpcflow_task(worker_count: int) -> Iterator[Pool]:
    """Open hpcflow's tasks. Their pool is shared by the whole process and has WORKERS workers by itself."""

    def submitter(function: Callable[..., Any]) -> Submit:
        submit: Submit = hpcflow.task(function).submit
        return submit

    def mapper(function: Callable[[Any], Any], items: Sequence[Any]) -> Sequence[Any]:
        values: Sequence[Any] = hpcflow.task(function).map(items).result()
        return values

    yield Pool("hpcflow.task", submitter, methodcaller("result"), mapper).warmed_up(worker_count)


# In the order in which they may be opened together.
OPENERS: dict[str, Opener] = {
    "stdlib fork": open_stdlib_fork,
    "mp.Pool": open_mp_pool,
    "stdlib spawn": open_stdlib_spawn,
    "loky": open_loky,
    "joblib": open_joblib,
    "hpcflow.Executor": open_hpcflow_executor,
    "hpcflow.task": open_hpcflow_task,
}


@contextmanager
def open_together(names: Sequence[str], worker_count: int) -> Iterator[dict[str, Pool]]:
    """Open several engines at once, in the order that suits those which fork."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(OPENERS[name](worker_count)) for name in OPENERS if name in names}
