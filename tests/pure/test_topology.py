"""Cores of machines that we do not have: SMT, several caches and nodes, masks, and machines that tell nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hpcflow._machine.topology import Core, total_memory_bytes, usable_cores, usable_threads

CPUS = "sys/devices/system/cpu"


def write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n")


def build(root: Path, cores: list[Core], *, siblings_file: str = "core_cpus_list", l3: bool = True) -> None:
    """Write the tree of a machine: of each core its threads, its L3 domain and its node."""
    for core in cores:
        sharing = [thread for other in cores if other.cache == core.cache for thread in other.threads]
        for thread in core.threads:
            cpu = f"{CPUS}/cpu{thread}"
            write(root, f"{cpu}/topology/{siblings_file}", ",".join(map(str, core.threads)))
            write(root, f"{cpu}/cache/index0/level", "1")
            write(root, f"{cpu}/cache/index0/shared_cpu_list", str(thread))
            if l3:
                write(root, f"{cpu}/cache/index3/level", "3")
                write(root, f"{cpu}/cache/index3/shared_cpu_list", ",".join(map(str, sharing)))
    for node in {core.node for core in cores}:
        threads = [str(thread) for core in cores if core.node == node for thread in core.threads]
        write(root, f"sys/devices/system/node/node{node}/cpulist", ",".join(threads))


def restrict(root: Path, cpuset: str) -> None:
    write(root, "proc/self/cgroup", "0::/")
    write(root, "proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw")
    write(root, "sys/fs/cgroup/cpuset.cpus.effective", cpuset)


SMT_4 = [Core((0, 4)), Core((1, 5)), Core((2, 6)), Core((3, 7))]
TWO_NODES = [
    Core((0,), cache=0, node=0),
    Core((1,), cache=1, node=1),
    Core((2,), cache=0, node=0),
    Core((3,), cache=1, node=1),
]


@pytest.mark.parametrize("siblings_file", ["core_cpus_list", "thread_siblings_list"])
def test_threads_of_one_core_are_one_core(tmp_path: Path, siblings_file: str) -> None:
    build(tmp_path, SMT_4, siblings_file=siblings_file)
    assert usable_cores(tmp_path, frozenset(range(8))) == SMT_4


def test_mask_leaves_part_of_a_core(tmp_path: Path) -> None:
    build(tmp_path, SMT_4)
    assert usable_cores(tmp_path, frozenset({1, 2, 5, 7})) == [Core((1, 5)), Core((2,)), Core((7,))]


def test_cpuset_limits_the_mask(tmp_path: Path) -> None:
    build(tmp_path, SMT_4)
    restrict(tmp_path, "0-1,4")
    assert usable_threads(tmp_path, frozenset(range(1, 8))) == {1, 4}
    assert usable_cores(tmp_path, frozenset(range(1, 8))) == [Core((1,)), Core((4,))]


def test_cpuset_of_somebody_else_is_not_obeyed(tmp_path: Path) -> None:
    build(tmp_path, SMT_4)
    restrict(tmp_path, "64-127")
    assert usable_threads(tmp_path, frozenset({0, 1})) == {0, 1}


def test_neighbours_stand_side_by_side(tmp_path: Path) -> None:
    build(tmp_path, TWO_NODES)
    assert [core.threads for core in usable_cores(tmp_path, frozenset(range(4)))] == [(0,), (2,), (1,), (3,)]


def test_cache_and_node_are_told(tmp_path: Path) -> None:
    build(tmp_path, TWO_NODES)
    assert set(usable_cores(tmp_path, frozenset(range(4)))) == set(TWO_NODES)


def test_cache_keeps_its_name_where_its_first_thread_is_not_ours(tmp_path: Path) -> None:
    build(tmp_path, TWO_NODES)
    assert usable_cores(tmp_path, frozenset({2})) == [Core((2,), cache=0, node=0)]


def test_without_l3_packages_are_the_domains(tmp_path: Path) -> None:
    build(tmp_path, [Core((0,)), Core((1,)), Core((2,)), Core((3,))], l3=False)
    for thread, package in ((0, "0-1"), (1, "0-1"), (2, "2-3"), (3, "2-3")):
        write(tmp_path, f"{CPUS}/cpu{thread}/topology/package_cpus_list", package)
    assert [core.cache for core in usable_cores(tmp_path, frozenset(range(4)))] == [0, 0, 2, 2]


def test_machine_that_tells_nothing_has_a_core_for_each_thread(tmp_path: Path) -> None:
    assert usable_cores(tmp_path, frozenset({3, 1})) == [Core((1,)), Core((3,))]


@pytest.mark.parametrize("text", ["", "garbage", "8-9"])
def test_siblings_that_make_no_sense_are_not_believed(tmp_path: Path, text: str) -> None:
    write(tmp_path, f"{CPUS}/cpu0/topology/core_cpus_list", text)
    assert usable_cores(tmp_path, frozenset({0})) == [Core((0,))]


def test_threads_beyond_nine_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    build(tmp_path, [Core((thread,)) for thread in range(12)])
    assert [core.threads[0] for core in usable_cores(tmp_path, frozenset(range(12)))] == list(range(12))


def test_this_machine() -> None:
    cores = usable_cores()
    threads = [thread for core in cores for thread in core.threads]
    assert len(threads) == len(set(threads)) > 0
    assert set(threads) == usable_threads() <= os.sched_getaffinity(0)
    assert total_memory_bytes() > 2**20


def test_reading_the_mask_does_not_load_what_may_shrink_it() -> None:
    code = (
        "import json, sys; from hpcflow._machine import crash, limits, pinning, topology; from hpcflow.settings import settings\n"
        "topology.usable_cores(); topology.total_memory_bytes(); settings()\n"
        "print(json.dumps(sorted({'numpy', 'loky', 'psutil', 'threadpoolctl'} & set(sys.modules))))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert json.loads(output) == []
