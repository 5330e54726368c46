"""Record what the programs beside this file print under real Prefect; for maintainers.

    python tests/compat/record.py PYTHON [--check] [--jobs N] [PROGRAM...]

PYTHON is an interpreter that has Prefect 3, prefect-dask and numpy. Each program runs there in an empty PREFECT_HOME and what it
prints is written to the `.out` file beside it, or with --check compared to that. A program takes two seconds against a server that
runs, fifteen if it has to start its own: PREFECT_API_URL names one, otherwise one is started for the recording.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
_QUIET = {"PREFECT_LOGGING_LEVEL": "CRITICAL", "PREFECT_LOGGING_TO_API_ENABLED": "false", "DO_NOT_TRACK": "1"}
_PROGRAM_S = 180
_SERVER_S = 120


def main() -> None:
    """Record the programs that the command line names, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="interpreter that has Prefect")
    parser.add_argument("programs", nargs="*", help="names without .py (default: all)")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--jobs", type=int, default=2, help="programs that run at once")
    options = parser.parse_intermixed_args()
    names = options.programs or sorted(path.stem for path in PROGRAMS.glob("*.py"))
    with _server(options.python) as url, ThreadPoolExecutor(options.jobs) as pool:
        good = list(pool.map(lambda name: _record(name, options.python, url, check=options.check), names))
    print(f"{sum(good)} of {len(good)} programs {'as recorded' if options.check else 'recorded'}")
    sys.exit(not all(good))


def _record(name: str, python: str, url: str, *, check: bool) -> bool:
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | _QUIET | {"PREFECT_HOME": home, "PREFECT_API_URL": url}
        try:
            done = subprocess.run(
                [python, PROGRAMS / f"{name}.py"],
                cwd=home,
                env=environment,
                capture_output=True,
                text=True,
                timeout=_PROGRAM_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            print(f"{name}: no end within {_PROGRAM_S} s")
            return False
    if done.returncode:
        print(f"{name}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return False
    recorded = PROGRAMS / f"{name}.out"
    if not check:
        recorded.write_text(done.stdout)
        return True
    before = recorded.read_text()
    if before != done.stdout:
        lines = difflib.unified_diff(before.splitlines(), done.stdout.splitlines(), "recorded", "now", lineterm="")
        print(f"{name}:", *lines, sep="\n  ")
    return before == done.stdout


@contextlib.contextmanager
def _server(python: str) -> Iterator[str]:
    if url := os.environ.get("PREFECT_API_URL"):
        yield url
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(
            [python, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            env=os.environ | _QUIET | {"PREFECT_HOME": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}/api"
            _await_health(f"{url}/health")
            yield url
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(_SERVER_S)


def _await_health(url: str) -> None:
    deadline = time.monotonic() + _SERVER_S
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        if time.monotonic() > deadline:
            sys.exit("Prefect's server did not come up")
        time.sleep(0.5)


if __name__ == "__main__":
    main()
