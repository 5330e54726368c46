"""What kind of file system a file lies on."""

from __future__ import annotations

import functools
import os

# Where a file that was replaced or removed, by whatever machine, stays readable for those who have it open or mapped. On others
# (NFS, SMB, most of FUSE) its pages may be gone, and who touches them is killed by SIGBUS.
_KEEPS_OPEN_FILES = frozenset(
    {"bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "ramfs", "tmpfs", "xfs", "zfs"}
)


@functools.lru_cache(maxsize=64)
def keeps_open_files(device: int) -> bool:
    """Tell whether files on this device (`st_dev`) stay as they are while they are mapped, whoever replaces them.

    Example:
        >>> keeps_open_files(os.stat("/proc").st_dev)
        False
    """
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
            return file_system_in(file.read(), device) in _KEEPS_OPEN_FILES
    except OSError:
        return False


def file_system_in(mountinfo: str, device: int) -> str | None:
    """Give the type of the file system with this device number, by the text of /proc/self/mountinfo.

    Example:
        >>> line = "36 35 98:0 / /data rw,noatime master:1 - ext3 /dev/root rw"
        >>> file_system_in(line, os.makedev(98, 0)), file_system_in(line, 5)
        ('ext3', None)
    """
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in mountinfo.splitlines():
        mount, _, kind = line.partition(" - ")
        fields = mount.split()
        if len(fields) > 2 and fields[2] == wanted:
            return kind.split()[0]
    return None
