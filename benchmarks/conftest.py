"""What all benchmarks share: facts about the machine in the JSON, and the table at the end of the run."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.report import Row, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

ROWS: pytest.StashKey[list[Row]] = pytest.StashKey()
MEASURED_PACKAGES = ("hpcflow-engine", "loky", "joblib", "numpy", "cloudpickle")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []


@pytest.fixture(autouse=True)
def _gather_rows(benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    request.config.stash[ROWS].extend(Row.from_json(row) for row in benchmark.extra_info.get("rows", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if rows := config.stash[ROWS]:
        terminalreporter.section("hpcflow and its peers")
        terminalreporter.write_line(table(rows))


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:  # noqa: ARG001 - the hook's signature
    """Add what decides about the figures and pytest-benchmark does not tell."""
    machine_info["cpu_model"] = _first_value(Path("/proc/cpuinfo"), "model name") or platform.processor()
    machine_info["usable_cpus"] = len(os.sched_getaffinity(0))
    machine_info["kernel"] = platform.version()
    machine_info["memory_total"] = _first_value(Path("/proc/meminfo"), "MemTotal")
    machine_info["load_average_1min"] = os.getloadavg()[0]
    machine_info["scaling_governor"] = _text(Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"))
    machine_info["transparent_hugepage"] = _text(Path("/sys/kernel/mm/transparent_hugepage/enabled"))
    machine_info["packages"] = {name: _version(name) for name in MEASURED_PACKAGES}


def _text(path: Path) -> str | None:
    return path.read_text().strip() if path.exists() else None


def _first_value(path: Path, key: str) -> str | None:
    lines = (_text(path) or "").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), None)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
