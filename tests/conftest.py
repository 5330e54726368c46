"""What holds for all tests: they leave nothing behind, and a skipped one is written down."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.leaks import allowed_children, close_shared_pool, footprint, left_since, settle_lines

_FAILED: pytest.StashKey[bool] = pytest.StashKey()
_SKIPPED: pytest.StashKey[set[str]] = pytest.StashKey()

# Whoever starts the tests in the background may have them ignore these, and what they start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)

# A skip whose reason begins so tells what this machine lacks (cores, rights, a kernel feature): no other Python has it.
_MACHINE_LACKS = "machine:"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--skips-file", help="write the names of skipped tests there, for scripts/test to compare")


def pytest_configure(config: pytest.Config) -> None:
    skipped: set[str] = set()
    config.stash[_SKIPPED] = skipped


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not reason.removeprefix("Skipped: ").startswith(_MACHINE_LACKS):
            item.config.stash[_SKIPPED].add(item.nodeid)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption("--skips-file")
    if path is not None:
        skipped = session.config.stash[_SKIPPED]
        Path(path).write_text("".join(f"{name}\n" for name in sorted(skipped)))


@pytest.fixture(scope="session", autouse=True)
def _own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Send temporary files of this process and its children where no other program's lie: what is found there is ours."""
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        patch.setenv("HPCFLOW_HOME", str(folder / "home"))  # not the results of whoever runs the tests
        # A shared pool that closed for want of work between a test's look at it and the first run there would be gone for it.
        patch.setenv("HPCFLOW_IDLE_TIMEOUT", "never")
        yield


@pytest.fixture(scope="session", autouse=True)
def _shared_pool_closes(request: pytest.FixtureRequest, _own_temporary_folder: None) -> Iterator[None]:
    """Close the pool that tests shared, at the end of all tests; closed, it leaves nothing either."""
    before = footprint()
    yield
    close_shared_pool()
    if not request.session.testsfailed and (left := left_since(before)):
        pytest.fail("left behind by the tests' shared pool:\n  " + "\n  ".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest, _shared_pool_closes: None) -> Iterator[None]:
    """Fail a test that leaves a child process, descriptor, mapping of the arena, thread or file."""
    settle_lines()
    pool_before = allowed_children()
    before = footprint()
    yield
    if request.node.stash.get(_FAILED, False):
        return  # its traceback holds what it used: one failure is enough
    if left := left_since(before, pool_before=pool_before):
        pytest.fail("left behind:\n  " + "\n  ".join(left), pytrace=False)


@pytest.fixture
def fresh_pool() -> Iterator[None]:
    """Give the test a shared pool of its own, started at its first use and closed at its end."""
    close_shared_pool()
    yield
    close_shared_pool()
