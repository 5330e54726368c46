"""Clusters and clients of Dask: the only module that imports it, when the first runner is entered."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import threading
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpcflow._reporting import deliver
from hpcflow._wire.records import BEGUN
from hpcflow.task_runners import _on_dask
from hpcflow.task_runners._scratch import Scratch
from hpcflow.task_runners._tracked import finish_at_exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._wire.codec import Encoded

_logger = logging.getLogger("hpcflow.task_runner.dask")

# A larger body is a Dask task of its own: workers get it from each other then, not each from the scheduler.
PLACED_MIN_BYTES = 1 << 16

_CALL_BACK_S = 5.0

_MISSING = (
    'DaskTaskRunner needs the package `distributed`, which is not installed here: pip install "hpcflow-engine[dask]"'
)


def import_dask() -> Any:
    """Give the package.

    Raises:
        ImportError: it is not installed.
    """
    try:
        return importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        if error.name not in ("distributed", "dask"):
            raise
        raise ImportError(_MISSING) from error


@dataclass(slots=True)
class ClusterOptions:
    """Hold what a runner was told."""

    cluster: Any
    address: str | None
    cluster_class: Any  # a class, a function, or the name of one
    cluster_kwargs: dict[str, Any]
    adapt_kwargs: dict[str, Any]
    client_kwargs: dict[str, Any]
    performance_report_path: str | None

    def check(self) -> None:
        """Raise if options exclude each other, or are of another type."""
        if self.address:
            if self.cluster or self.cluster_class or self.cluster_kwargs or self.adapt_kwargs:
                message = "Cannot specify `address` and `cluster`/`cluster_class`/`cluster_kwargs`/`adapt_kwargs`"
                raise ValueError(message)
        elif self.cluster and (self.cluster_class or self.cluster_kwargs):
            message = "Cannot specify `cluster` and `cluster_class`/`cluster_kwargs`"
            raise ValueError(message)
        if (
            self.cluster_class is not None
            and not isinstance(self.cluster_class, str)
            and not callable(self.cluster_class)
        ):
            message = f"cluster_class must be a class, a function, or the name of one, not {self.cluster_class!r}"
            raise TypeError(message)
        for option in ("client_kwargs", "cluster_kwargs"):
            if "asynchronous" in getattr(self, option):
                message = f"`{option}` cannot set `asynchronous`: the runner sees to that"
                raise ValueError(message)

    def described(self) -> str:
        """Give the options that were set, as they were written."""
        return ", ".join(f"{name}={value!r}" for name in self.__slots__ if (value := getattr(self, name)))

    def make_class(self) -> Callable[..., Any]:
        """Give the class of cluster to start."""
        wanted = self.cluster_class or "distributed.LocalCluster"
        if not isinstance(wanted, str):
            make: Callable[..., Any] = wanted
            return make
        module, _, name = wanted.rpartition(".")
        made: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return made


class Session:
    """A client, and the cluster that was started for it, if one was. `on_begun` is told the key and the attempt of runs that begin.

    Closing, in this order: the client, the cluster, the scratch folder.
    """

    def __init__(self, options: ClusterOptions, on_begun: Callable[[tuple[int, int], int], object]) -> None:
        self._dask = import_dask()
        self._config = importlib.import_module("dask.config")
        finish_at_exit()
        self.pid = os.getpid()
        self.key = uuid.uuid4().hex
        self._on_begun = on_begun
        self._claims = ""  # the folder of claims, where workers are on this machine
        self._stack = ExitStack()
        with ExitStack() as stack:
            # Dask warns of large calls, since its scheduler keeps them. So it must, to do again what a dead worker had.
            stack.enter_context(self._config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}))
            cluster = self._cluster(options, stack)
            self.client = stack.enter_context(
                self._dask.Client(cluster, **{"set_as_default": False, **options.client_kwargs})
            )
            if sys.version_info[:2] == (3, 12):
                self._start_threads_early()
            _on_dask.sessions_here.add(self.key)
            stack.callback(_on_dask.sessions_here.discard, self.key)
            self.client.subscribe_topic(_on_dask.TOPIC, self._take_record)
            if options.performance_report_path:
                stack.enter_context(self.client.as_current())
                stack.enter_context(self._dask.performance_report(filename=options.performance_report_path))
            self._stack = stack.pop_all()

    def _cluster(self, options: ClusterOptions, stack: ExitStack) -> Any:
        if options.address:
            _logger.info("Connecting to an existing Dask cluster at %s", options.address)
            return options.address
        cluster = options.cluster
        if cluster is not None:
            _logger.info("Connecting to existing Dask cluster %s", cluster)
        else:
            make = options.make_class()
            name = f"{getattr(make, '__module__', '')}.{getattr(make, '__qualname__', make)}"
            _logger.info("Creating a new Dask cluster with `%s`", name)
            kwargs = dict(options.cluster_kwargs)
            if make is self._dask.LocalCluster:
                scratch = stack.enter_context(Scratch())
                self._claims = os.path.join(scratch.path, "claims")
                os.mkdir(self._claims)
                kwargs = {"dashboard_address": "127.0.0.1:0", "local_directory": scratch.path, **kwargs}
                with self._config.set({"temporary-directory": scratch.path}):  # the scheduler has a folder, too
                    cluster = stack.enter_context(make(**kwargs))
            else:
                cluster = stack.enter_context(make(**kwargs))
        if options.adapt_kwargs:
            adapting = cluster.adapt(**options.adapt_kwargs)
            if hasattr(adapting, "__await__"):
                cluster.sync(lambda: adapting)
        return cluster

    def _start_threads_early(self) -> None:
        """Have Dask start the threads that it otherwise starts when it first needs them.

        That may be while the interpreter ends and waits for open runs, and Python 3.12 starts no threads then (3.12.2 does again).
        """
        client, has_called_back = self.client, threading.Event()
        client.sync(importlib.import_module("distributed.utils").offload, int)
        # Nobody has this key, so the future can be cancelled: Dask calls back then.
        future = self._dask.Future(f"hpcflow-none-{self.key}", client)
        future.add_done_callback(lambda _: has_called_back.set())
        future.cancel()
        has_called_back.wait(
            _CALL_BACK_S
        )  # bounded: where it does not call back, only the interpreter's end is in danger

    @property
    def is_ours(self) -> bool:
        """Tell whether this process started it, and not one that this one was forked from."""
        return self.pid == os.getpid()

    def claim_path(self, attempt: str) -> str:
        """Give the path of an attempt's claim; empty where the workers may be on other machines."""
        return os.path.join(self._claims, attempt) if self._claims else ""

    def placed(self, encoded: Encoded) -> Any:
        """Give a body as Dask is to be handed it: a large one as a future of a task that gives it, so that it is never lost."""
        body = encoded.data, [bytearray(buffer) for buffer in encoded.buffers]
        if len(body[0]) + sum(map(len, body[1])) < PLACED_MIN_BYTES:
            return body
        return self.client.submit(_on_dask.given, body, key=f"hpcflow-body-{uuid.uuid4().hex}", pure=False)

    def close(self) -> None:
        """Leave the cluster; idempotent."""
        if self.is_ours:
            self._stack.close()

    def _take_record(self, event: tuple[float, tuple[str, bytes]]) -> None:
        import pickle  # lazy: only for this

        session, data = event[1]
        if session != self.key:
            return
        record = pickle.loads(data)
        if record[0] == BEGUN:
            self._on_begun(*record[1:])
        else:
            deliver((0, 0), record)
