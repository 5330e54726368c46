"""The kernel's notation for a set of hardware threads: "0-3,8", as cpusets and sysfs write it."""

from __future__ import annotations


def parse_cpu_list(text: str) -> frozenset[int]:
    """Read a set in the kernel's notation.

    Raises:
        ValueError: the text is not in that notation.

    Example:
        >>> sorted(parse_cpu_list("0-2,8"))
        [0, 1, 2, 8]
    """
    numbers: set[int] = set()
    for part in text.split(","):
        if part.strip():
            first, _, last = part.partition("-")
            numbers.update(range(int(first), int(last or first) + 1))
    return frozenset(numbers)
