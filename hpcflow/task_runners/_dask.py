"""The runner for clusters: `dask.distributed`, on this machine or on many.

A run becomes a Dask task each time one of its attempts is due, and not before everything that it waits for has ended: so a run that
waits, for others or for its next attempt, occupies no Dask worker. The value of a completed run stays on the cluster; a run that needs it
is given Dask's own future of it. It comes here when somebody asks for it, or when the runner is left while its future is alive.

The runs are in `_dask_runs.py`, what workers do in `_on_dask.py`, clusters and clients in `_dask_cluster.py`, the door to Dask.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Self

from hpcflow.futures import PrefectFuture, PrefectFutureList
from hpcflow.task_runners._base import TaskRunner, not_started
from hpcflow.task_runners._dask_cluster import ClusterOptions, import_dask
from hpcflow.task_runners._dask_runs import DaskCrew
from hpcflow.task_runners._tracked import Call

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from hpcflow._mapping import Mapping
    from hpcflow.tasks import Task


class DaskTaskRunner(TaskRunner):
    """Execute calls on a Dask cluster.

    By default a `distributed.LocalCluster` is started at the first submit, and closed when the flow ends. `address` connects to a
    scheduler that runs already, `cluster` to a cluster object; `cluster_class` (a class, a function that makes a cluster, or a
    name such as "dask_jobqueue.SLURMCluster") with `cluster_kwargs` starts another kind. `adapt_kwargs` has the cluster grow and
    shrink, `client_kwargs` are for Dask's client, `performance_report_path` names a file for Dask's report.

    A local cluster starts processes that import the script anew, so the call of the flow must stand under
    `if __name__ == "__main__":`. Its dashboard has a port that is free, unless `cluster_kwargs` has a `dashboard_address`.

    Raises:
        ValueError: options exclude each other.

    Example:
        >>> from hpcflow.task_runners import DaskTaskRunner
        >>> DaskTaskRunner(cluster_kwargs={"n_workers": 2})
        DaskTaskRunner(cluster_kwargs={'n_workers': 2})
        >>> DaskTaskRunner(address="tcp://127.0.0.1:8786", cluster_kwargs={"n_workers": 2})
        Traceback (most recent call last):
        ValueError: Cannot specify `address` and `cluster`/`cluster_class`/`cluster_kwargs`/`adapt_kwargs`
    """

    has_own_workers = True
    says_not_started = "The task runner must be started before submitting work."

    def __init__(
        self,
        cluster: Any = None,
        address: str | None = None,
        cluster_class: str | Callable[..., Any] | None = None,
        cluster_kwargs: dict[str, Any] | None = None,
        adapt_kwargs: dict[str, Any] | None = None,
        client_kwargs: dict[str, Any] | None = None,
        performance_report_path: str | None = None,
    ) -> None:
        super().__init__()
        self.options = ClusterOptions(
            cluster,
            address,
            cluster_class,
            dict(cluster_kwargs or {}),
            dict(adapt_kwargs or {}),
            dict(client_kwargs or {}),
            performance_report_path,
        )
        self.options.check()
        self._crew: DaskCrew | None = None

    # --- what it is ---

    @property
    def address(self) -> str | None:
        """Give the address of the scheduler that it connects to, if it was told one."""
        return self.options.address

    @property
    def cluster_class(self) -> str | Callable[..., Any] | None:
        """Give the kind of cluster that it starts, if it was told one."""
        kind: str | Callable[..., Any] | None = self.options.cluster_class
        return kind

    @property
    def cluster_kwargs(self) -> dict[str, Any]:
        """Give what the cluster is made with."""
        return self.options.cluster_kwargs

    @property
    def adapt_kwargs(self) -> dict[str, Any]:
        """Give what the cluster's adapting is set up with; empty: it does not adapt."""
        return self.options.adapt_kwargs

    @property
    def client_kwargs(self) -> dict[str, Any]:
        """Give what the client is made with."""
        return self.options.client_kwargs

    @property
    def performance_report_path(self) -> str | None:
        """Give the path of Dask's report, if there is to be one."""
        return self.options.performance_report_path

    @property
    def client(self) -> Any:
        """Give Dask's client; the cluster is started for it, where it is not yet.

        Raises:
            RuntimeError: the runner has not been entered.
        """
        return self._started().session.client

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.options.described()})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DaskTaskRunner) and self.options == other.options

    def __hash__(self) -> int:
        return hash((DaskTaskRunner, self.options.address))

    def duplicate(self) -> Self:
        """Give another runner with the same options, which has not been entered."""
        twin = super().duplicate()
        twin._crew = None  # noqa: SLF001 - its own class
        return twin

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_crew": None, "is_started": False}

    # --- from entering to leaving ---

    def __enter__(self) -> Self:
        """Have it take calls.

        Raises:
            ImportError: Dask is not installed.
        """
        import_dask()
        super().__enter__()
        self._crew = DaskCrew(self.options)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for what was submitted, fetch the values whose futures are alive, and close what was started."""
        super().__exit__(kind, error, traceback)
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.close(cancels=kind is not None and issubclass(kind, KeyboardInterrupt))

    def submit_call(
        self, task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object = None
    ) -> PrefectFuture[Any]:
        """Have a call executed by a Dask worker, once what it waits for has ended."""
        return self._started().submit(Call(task, args, kwargs, wait_for, copy_context()))

    def map_calls(self, task: Task[Any, Any], mapping: Mapping, wait_for: object = None) -> PrefectFutureList[Any]:
        """Have a task executed for each row of a mapping."""
        if not mapping.static or not {*mapping.names, *mapping.static} <= task.parameters.named:
            return super().map_calls(task, mapping, wait_for)
        crew = self._started()
        shared = crew.share(mapping.static)
        # By name: what is shared must not stand among the arguments by position.
        rows = (mapping.arguments(item) for item in range(mapping.count))
        calls = (Call(task, (), row, wait_for, copy_context()) for row in rows)
        return PrefectFutureList([crew.submit(call, shared) for call in calls])

    def kill(self) -> None:
        """End all runs, with the cluster if this runner has started it."""
        if self._crew is not None:
            self._crew.kill()

    def _started(self) -> DaskCrew:
        if self._crew is None:
            raise not_started(self.says_not_started)
        return self._crew
