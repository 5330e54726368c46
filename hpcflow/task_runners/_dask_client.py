"""Dask's own client, for tasks and flows that work on Dask's collections."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from hpcflow.context import current_flow_run, executes_inline
from hpcflow.task_runners._dask import DaskTaskRunner
from hpcflow.task_runners._dask_cluster import import_dask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@contextmanager
def get_dask_client(timeout: float | str | None = None, **client_kwargs: Any) -> Iterator[Any]:
    """Give a `distributed.Client` of the cluster that surrounds the call, for the time of a `with` block.

    Within a task on Dask it is of that worker's cluster, within a flow of its runner's; elsewhere, of a new local one. `timeout` and
    `client_kwargs` are those of the client.

    Example:
        >>> with get_dask_client(processes=False, dashboard_address="127.0.0.1:0") as client:
        ...     client.submit(sum, [1, 2]).result()
        3
    """
    with import_dask().Client(**_options(timeout, client_kwargs)) as client:
        yield client


@asynccontextmanager
async def get_async_dask_client(
    timeout: float | str | None = None,  # noqa: ASYNC109 - the client's
    **client_kwargs: Any,
) -> AsyncIterator[Any]:
    """Give a client as `get_dask_client` does, for async code.

    Example:
        >>> import asyncio
        >>> async def total():
        ...     async with get_async_dask_client(processes=False, dashboard_address="127.0.0.1:0") as client:
        ...         return await client.submit(sum, [1, 2])
        >>> asyncio.run(total())
        3
    """
    async with import_dask().Client(asynchronous=True, **_options(timeout, client_kwargs)) as client:
        yield client


def _options(timeout: float | str | None, client_kwargs: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {"set_as_default": False}
    flow_run = current_flow_run.get()
    if executes_inline.get():
        options["address"] = import_dask().get_worker().scheduler.address
    elif flow_run is not None and isinstance(flow_run.runner, DaskTaskRunner):
        options |= flow_run.runner.client_kwargs
        options["address"] = flow_run.runner.client.scheduler.address
    if timeout is not None:
        options["timeout"] = timeout
    return options | client_kwargs
