"""Limits read from file trees of machines that we do not have."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpcflow._machine.cgroups import CgroupLimits, read_limits, read_oom_kill_count
from hpcflow._machine.cpu_list import parse_cpu_list

V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1_HUGE = "9223372036854771712\n"


class Machine:
    """A file tree in which a test writes what the kernel would show."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def v2(self, group: str, *, mount: str = V2_MOUNT) -> None:
        self.write("proc/self/cgroup", f"0::{group}\n")
        self.write("proc/self/mountinfo", "23 1 8:1 / / rw - ext4 /dev/sda1 rw\n" + mount)

    def v1(self, group: str, *, shown: str = "/") -> None:
        lines = ((4, "cpu,cpuacct"), (5, "cpuset"), (6, "memory"), (1, "name=systemd"))
        self.write("proc/self/cgroup", "".join(f"{number}:{name}:{group}\n" for number, name in lines))
        self.write(
            "proc/self/mountinfo",
            "".join(
                f"3{number} 25 0:2{number} {shown} /sys/fs/cgroup/{name} rw - cgroup cgroup rw,{name}\n"
                for number, name in lines
            ),
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


# --- nothing to read -------------------------------------------------------------------------------------------------------


def test_a_machine_that_shows_nothing_has_no_limits(machine: Machine) -> None:
    assert read_limits(machine.root) == CgroupLimits(cpu_quota=None, cpuset=None, memory_bytes=None)
    assert read_oom_kill_count(machine.root) is None


@pytest.mark.parametrize("text", ["", "garbage", "0:", "::", "x::/a", "0::relative"])
def test_membership_that_is_not_understood_is_no_limit(machine: Machine, text: str) -> None:
    machine.v2("/")
    machine.write("proc/self/cgroup", text)
    machine.write("sys/fs/cgroup/memory.max", "1000000")
    assert read_limits(machine.root) == CgroupLimits()


@pytest.mark.parametrize(
    "mount", ["", "30 23\n", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2\n", "no separator at all\n"]
)
def test_mounts_that_are_not_understood_are_no_limit(machine: Machine, mount: str) -> None:
    machine.v2("/", mount=mount)
    machine.write("sys/fs/cgroup/memory.max", "1000000")
    assert read_limits(machine.root) == CgroupLimits()


def test_this_machine_can_be_read() -> None:
    limits = read_limits()
    assert limits.cpu_quota is None or limits.cpu_quota > 0
    assert limits.memory_bytes is None or limits.memory_bytes > 2**20
    assert limits.cpuset is None or limits.cpuset


# --- version 2 -------------------------------------------------------------------------------------------------------------


def test_v2_reads_all_limits_of_the_own_group(machine: Machine) -> None:
    machine.v2("/user.slice/job")
    group = "sys/fs/cgroup/user.slice/job"
    machine.write(f"{group}/cpu.max", "150000 100000\n")
    machine.write(f"{group}/memory.max", "4294967296\n")
    machine.write(f"{group}/cpuset.cpus.effective", "0-3,8\n")
    assert read_limits(machine.root) == CgroupLimits(1.5, frozenset({0, 1, 2, 3, 8}), 4 * 2**30)


def test_v2_max_is_no_limit(machine: Machine) -> None:
    machine.v2("/job")
    machine.write("sys/fs/cgroup/job/cpu.max", "max 100000\n")
    machine.write("sys/fs/cgroup/job/memory.max", "max\n")
    machine.write("sys/fs/cgroup/job/cpuset.cpus.effective", "\n")
    assert read_limits(machine.root) == CgroupLimits()


def test_v2_tightest_level_holds_wherever_it_stands(machine: Machine) -> None:
    machine.v2("/slurm/job_7/step_0")
    machine.write("sys/fs/cgroup/cpu.max", "800000 100000")
    machine.write("sys/fs/cgroup/slurm/cpu.max", "max 100000")
    machine.write("sys/fs/cgroup/slurm/job_7/cpu.max", "200000 100000")
    machine.write("sys/fs/cgroup/slurm/job_7/step_0/cpu.max", "100000 20000")
    machine.write("sys/fs/cgroup/slurm/memory.max", "1000000000")
    machine.write("sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max")
    machine.write("sys/fs/cgroup/slurm/cpuset.cpus.effective", "0-7")
    machine.write("sys/fs/cgroup/slurm/job_7/cpuset.cpus.effective", "4-5")
    assert read_limits(machine.root) == CgroupLimits(2.0, frozenset({4, 5}), 1_000_000_000)


def test_v2_groups_beside_ours_do_not_count(machine: Machine) -> None:
    machine.v2("/ours")
    machine.write("sys/fs/cgroup/ours/memory.max", "max")
    machine.write("sys/fs/cgroup/theirs/memory.max", "1000000")
    assert read_limits(machine.root).memory_bytes is None


def test_v2_period_may_be_left_out(machine: Machine) -> None:
    machine.v2("/")
    machine.write("sys/fs/cgroup/cpu.max", "250000")
    assert read_limits(machine.root).cpu_quota == 2.5


@pytest.mark.parametrize("text", ["x 100000", "100000 0", "100000 y", "0 100000", "-1 100000"])
def test_v2_quota_that_is_not_understood_is_no_limit(machine: Machine, text: str) -> None:
    machine.v2("/")
    machine.write("sys/fs/cgroup/cpu.max", text)
    assert read_limits(machine.root).cpu_quota is None


def test_v2_in_a_container_with_its_own_namespace(machine: Machine) -> None:
    machine.v2("/")
    machine.write("sys/fs/cgroup/memory.max", "1000000")
    assert read_limits(machine.root).memory_bytes == 1_000_000


@pytest.mark.parametrize("group", ["/../../other", "/elsewhere/deep", "/docker/abc"])
def test_v2_in_a_container_without_it(machine: Machine, group: str) -> None:
    # The path is the host's, while the mount shows the container's own group at its root.
    machine.v2(group, mount=V2_MOUNT.replace("0:26 / ", "0:26 /docker/abc "))
    machine.write("sys/fs/cgroup/memory.max", "1000000")
    assert read_limits(machine.root).memory_bytes == 1_000_000


def test_path_beyond_the_namespace_root_stays_within_the_mount(machine: Machine) -> None:
    machine.v2("/../sibling")
    machine.write("sys/fs/cgroup/memory.max", "2000000")
    machine.write("sys/fs/sibling/memory.max", "1000000")
    assert read_limits(machine.root).memory_bytes == 2_000_000


def test_group_below_what_a_bind_mount_shows(machine: Machine) -> None:
    machine.v2("/docker/abc/inner", mount=V2_MOUNT.replace("0:26 / ", "0:26 /docker/abc "))
    machine.write("sys/fs/cgroup/inner/memory.max", "1000000")
    machine.write("sys/fs/cgroup/memory.max", "2000000")
    assert read_limits(machine.root).memory_bytes == 1_000_000


def test_mount_that_shows_the_own_group_is_preferred(machine: Machine) -> None:
    other = V2_MOUNT.replace("0:26 / /sys/fs/cgroup", "0:26 /theirs /mnt/theirs")
    machine.v2("/ours", mount=other + V2_MOUNT)
    machine.write("mnt/theirs/memory.max", "1000000")
    machine.write("sys/fs/cgroup/ours/memory.max", "2000000")
    assert read_limits(machine.root).memory_bytes == 2_000_000


def test_level_whose_directory_is_not_shown_is_passed_over(machine: Machine) -> None:
    machine.v2("/a/hidden")
    machine.write("sys/fs/cgroup/a/memory.max", "1000000")
    assert read_limits(machine.root).memory_bytes == 1_000_000


def test_deleted_group_is_found_by_its_name(machine: Machine) -> None:
    machine.v2("/job (deleted)")
    machine.write("sys/fs/cgroup/job/memory.max", "1000000")
    assert read_limits(machine.root).memory_bytes == 1_000_000


def test_escaped_mount_point(machine: Machine) -> None:
    machine.v2("/", mount=V2_MOUNT.replace("/sys/fs/cgroup", r"/my\040groups"))
    machine.write("my groups/memory.max", "1000000")
    assert read_limits(machine.root).memory_bytes == 1_000_000


def test_group_with_a_colon_in_its_name(machine: Machine) -> None:
    machine.v2("/a:b")
    machine.write("sys/fs/cgroup/a:b/memory.max", "1000000")
    assert read_limits(machine.root).memory_bytes == 1_000_000


def test_directory_where_a_file_should_be_is_no_limit(machine: Machine) -> None:
    machine.v2("/")
    (machine.root / "sys/fs/cgroup/memory.max").mkdir(parents=True)
    assert read_limits(machine.root).memory_bytes is None


# --- version 1, and both -----------------------------------------------------------------------------------------------------


def test_v1_reads_all_limits(machine: Machine) -> None:
    machine.v1("/docker/abc")
    machine.write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "250000\n")
    machine.write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000\n")
    machine.write("sys/fs/cgroup/cpuset/docker/abc/cpuset.cpus", "2-3\n")
    machine.write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "1073741824\n")
    assert read_limits(machine.root) == CgroupLimits(2.5, frozenset({2, 3}), 2**30)


def test_v1_no_limit(machine: Machine) -> None:
    machine.v1("/")
    machine.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
    machine.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n")
    machine.write("sys/fs/cgroup/memory/memory.limit_in_bytes", V1_HUGE)
    assert read_limits(machine.root) == CgroupLimits()


def test_v1_limit_of_a_parent_holds(machine: Machine) -> None:
    machine.v1("/batch/job")
    machine.write("sys/fs/cgroup/memory/batch/memory.limit_in_bytes", "1073741824\n")
    machine.write("sys/fs/cgroup/memory/batch/job/memory.limit_in_bytes", V1_HUGE)
    machine.write("sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_quota_us", "50000\n")
    machine.write("sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_period_us", "100000\n")
    machine.write("sys/fs/cgroup/cpu,cpuacct/batch/job/cpu.cfs_quota_us", "-1\n")
    machine.write("sys/fs/cgroup/cpu,cpuacct/batch/job/cpu.cfs_period_us", "100000\n")
    assert read_limits(machine.root) == CgroupLimits(cpu_quota=0.5, memory_bytes=2**30)


def test_v1_quota_without_period_is_no_limit(machine: Machine) -> None:
    machine.v1("/")
    machine.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n")
    assert read_limits(machine.root).cpu_quota is None


def test_v1_container_that_shows_its_group_at_the_mount(machine: Machine) -> None:
    machine.v1("/docker/abc", shown="/docker/abc")
    machine.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n")
    assert read_limits(machine.root).memory_bytes == 2**30


def test_v1_effective_cpuset_is_within_the_written_one(machine: Machine) -> None:
    machine.v1("/")
    machine.write("sys/fs/cgroup/cpuset/cpuset.cpus", "0-7\n")
    machine.write("sys/fs/cgroup/cpuset/cpuset.effective_cpus", "0-3\n")
    assert read_limits(machine.root).cpuset == frozenset(range(4))


def test_hybrid_reads_both(machine: Machine) -> None:
    machine.v1("/job")
    cgroup, mountinfo = machine.root / "proc/self/cgroup", machine.root / "proc/self/mountinfo"
    cgroup.write_text(cgroup.read_text() + "0::/unified/job\n")
    mountinfo.write_text(mountinfo.read_text() + V2_MOUNT.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified"))
    machine.write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1073741824\n")
    machine.write("sys/fs/cgroup/unified/unified/job/cpu.max", "100000 100000\n")
    assert read_limits(machine.root) == CgroupLimits(cpu_quota=1.0, memory_bytes=2**30)


# --- kills for memory --------------------------------------------------------------------------------------------------------

EVENTS = "low 0\nhigh 0\nmax 12\noom 3\noom_kill {}\noom_group_kill 0\n"


def test_oom_kills_are_those_of_the_own_group(machine: Machine) -> None:
    machine.v2("/a/b")
    machine.write("sys/fs/cgroup/a/b/memory.events", EVENTS.format(2))
    machine.write("sys/fs/cgroup/a/memory.events", EVENTS.format(9))
    machine.write("proc/vmstat", "nr_free_pages 10\noom_kill 40\n")
    assert read_oom_kill_count(machine.root) == 2


def test_oom_kills_of_the_nearest_level_that_counts(machine: Machine) -> None:
    machine.v2("/a/b")
    (machine.root / "sys/fs/cgroup/a/b").mkdir(parents=True)
    machine.write("sys/fs/cgroup/a/memory.events", EVENTS.format(9))
    assert read_oom_kill_count(machine.root) == 9


def test_oom_kills_v1(machine: Machine) -> None:
    machine.v1("/job")
    machine.write("sys/fs/cgroup/memory/job/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n")
    assert read_oom_kill_count(machine.root) == 4


def test_oom_kills_of_an_old_kernel_are_not_told(machine: Machine) -> None:
    machine.v1("/job")
    machine.write("sys/fs/cgroup/memory/job/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n")
    assert read_oom_kill_count(machine.root) is None


def test_oom_kills_of_the_machine_where_no_group_counts(machine: Machine) -> None:
    machine.v2("/")
    machine.write("proc/vmstat", "nr_free_pages 10\noom_kill 40\n")
    assert read_oom_kill_count(machine.root) == 40


# --- the kernel's notation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", set()),
        ("\n", set()),
        ("0", {0}),
        ("0-3", {0, 1, 2, 3}),
        ("0-1,4,6-7\n", {0, 1, 4, 6, 7}),
        ("5-5", {5}),
    ],
)
def test_cpu_list(text: str, numbers: set[int]) -> None:
    assert parse_cpu_list(text) == numbers


@pytest.mark.parametrize("text", ["a", "1-b", "-", "0-3:1/2"])
def test_not_a_cpu_list(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        parse_cpu_list(text)
