"""Make every worker of an engine busy, and wait to be killed.

Run as ``python -m benchmarks.programs.hold_workers ENGINE DIRECTORY`` by ``bench_parent_killed.py``.

Each busy worker shows itself by a file in the directory. A large result is held by this process meanwhile, so that an
engine which keeps results outside of processes has something to leave behind. If nobody kills it, it ends by itself.
"""

from __future__ import annotations

import sys

from benchmarks.peers import OPENERS, WORKERS
from benchmarks.work import hold_worker, make_array

BUSY_S = 15.0
HELD_BYTES = 8_000_000


def main(engine: str, directory: str) -> None:
    """Hold the workers of an engine."""
    with OPENERS[engine](WORKERS) as pool:
        held = pool.collect(pool.submitter(make_array)(HELD_BYTES))
        submit = pool.submitter(hold_worker)
        for handle in [submit(directory, BUSY_S) for _ in range(WORKERS)]:
            pool.collect(handle)
        del held  # only now: it had to outlive the kill


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
