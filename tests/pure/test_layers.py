"""The shape of the house: which module may import which, and the one file that may touch each dependency."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.pure.sources import Source, native_sources, package_sources, without_comments

# From the ground up: a module imports from lower layers and from its own, never from a higher one. A folder stands for
# all of its modules.
LAYERS = (
    ("_native", "errors", "_named_tuples", "_absent", "_unsupported", "_current", "_async_context", "_version"),
    (
        *("_wire", "_machine", "settings", "_runs", "_seats"),
        *(
            "states",
            "_state_types",
            "_endings",
            "annotations",
            "_parameters",
            "_function_kinds",
            "_options",
            "_decorated",
            "flow_runs",
        ),
        *("cache_policies", "_hashing", "_result_options", "_sources", "_hooks", "_flow_names", "_option_checks"),
    ),
    (
        *("_worker", "_reporting", "context", "futures", "_resolving", "_mapping", "_caching", "_validation"),
        *(
            "_console",
            "_log_names",
            "_first_lines",
            "_ledger",
            "_telling",
            "_prints",
            "_hook_calls",
            "logging",
            "runtime",
            "_more_states",
        ),
    ),
    ("_engine",),
    ("task_runners",),
    ("flows", "_flow_seeing", "_flow_bodies", "_steps", "_task_generators", "tasks", "executor"),
    ("__init__", "utilities", "exceptions", "client", "testing"),
)
LAYER_OF = {part: height for height, parts in enumerate(LAYERS) for part in parts}

# Each dependency has one door: these files, and no other.
DOORS = {
    "loky": {"hpcflow/_engine/pool.py", "hpcflow/_engine/launch.py"},
    "cloudpickle": {"hpcflow/_wire/codec.py"},
    "psutil": {"hpcflow/_machine/topology.py"},
    "threadpoolctl": {"hpcflow/_machine/limits.py"},
}
ENVIRONMENT_DOORS = {"hpcflow/settings.py", "hpcflow/_machine/environment.py"}  # one reads, the other only writes
ATOMIC_DOOR = "native/core/atomic.hpp"

# STYLE asks for 400; what is over this fails.
MODULE_LINES = 450

SOURCES = package_sources()
ids = [source.name for source in SOURCES]
each_source = pytest.mark.parametrize("source", SOURCES, ids=ids)


def part_of(module: str) -> str:
    """The module's place in the table: "_wire" for hpcflow._wire.codec, "__init__" for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


@each_source
def test_imports_run_down_only(source: Source) -> None:
    here = part_of(source.module)
    assert here in LAYER_OF, f"{source.name} is new: give {here!r} its place in LAYERS"
    upward = [
        f"{source.name}:{one.line} imports {one.module}, which stands above it"
        for one in source.imports()
        if one.module.partition(".")[0] == "hpcflow" and not one.is_for_types
        if LAYER_OF.get(part_of(one.module), -1) > LAYER_OF[here]
    ]
    assert not upward, "\n".join(upward)


def test_no_cycle_even_through_imports_in_functions() -> None:
    # The package itself is left out: its face loads each module at first use, and each module's import runs it.
    needs: dict[str, set[str]] = {
        source.module: {
            one.module
            for one in source.imports()
            if one.module.startswith("hpcflow.") and one.module != source.module and not one.is_for_types
        }
        for source in SOURCES
        if source.module != "hpcflow"
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        pytest.fail("import cycle: " + " <- ".join(error.args[1]), pytrace=False)


@each_source
def test_import_inside_a_function_is_marked(source: Source) -> None:
    unmarked = [
        f"{source.name}:{one.line} imports {one.module} inside a function; move it up, or end the line with `# lazy: why`"
        for one in source.imports()
        if one.is_hidden and not one.is_marked_lazy
    ]
    assert not unmarked, "\n".join(unmarked)


@each_source
def test_named_tuples_are_made_without_compiling_annotations(source: Source) -> None:
    if source.module == "hpcflow._named_tuples":
        return
    for node in ast.walk(source.tree):
        taken = isinstance(node, ast.ImportFrom) and node.module == "typing" and [one.name for one in node.names]
        assert not taken or "NamedTuple" not in taken, f"{source.name}: take NamedTuple from hpcflow._named_tuples"


@each_source
def test_each_dependency_has_one_door(source: Source) -> None:
    beside = [
        f"{source.name}:{one.line} imports {one.module}; its door is {' or '.join(sorted(DOORS[package]))}"
        for one in source.imports()
        if (package := one.module.partition(".")[0]) in DOORS and not one.is_for_types
        if source.name not in DOORS[package]
    ]
    assert not beside, "\n".join(beside)


@each_source
def test_only_settings_reads_the_environment(source: Source) -> None:
    names = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
    if source.name in ENVIRONMENT_DOORS:
        return
    for node in ast.walk(source.tree):
        touched = (isinstance(node, ast.Attribute) and node.attr in names and ast.unparse(node.value) == "os") or (
            isinstance(node, ast.ImportFrom) and node.module == "os" and names & {alias.name for alias in node.names}
        )
        assert not touched, (
            f"{source.name}:{getattr(node, 'lineno', 0)} touches the environment; ask hpcflow/settings.py"
        )


@pytest.mark.parametrize("name", native_sources("core"))
def test_core_has_never_heard_of_python(name: str) -> None:
    text = without_comments(native_sources("core")[name])
    found = re.findall(r"Python\.h|nanobind|\bPy[A-Z]\w*|\bnb::", text)
    assert not found, f"{name} names {found}"


@pytest.mark.parametrize("name", native_sources("core", "bind"))
def test_atomics_and_futex_have_one_door(name: str) -> None:
    text = without_comments(native_sources("core", "bind")[name])
    found = re.findall(r"std::atomic|std::memory_order|<atomic>|SYS_futex|linux/futex|FUTEX_\w+", text)
    assert not found or name == ATOMIC_DOOR, f"{name} names {found}; its door is {ATOMIC_DOOR}"


def test_sync_marks_come_in_pairs() -> None:
    """Each half of a memory ordering is marked and names the other, so each name stands in two comments at least."""
    comments: dict[str, list[str]] = defaultdict(list)
    for name, text in native_sources("core").items():
        for comment in re.finditer(r"(?:^[^\n]*?//[^\n]*\n)+", text, re.MULTILINE):
            line = text.count("\n", 0, comment.start()) + 1
            for mark in set(re.findall(r"\bSYNC (\w+)", comment[0])):
                comments[mark].append(f"{name}:{line}")
    alone = {mark: places for mark, places in comments.items() if len(places) < 2}
    assert not alone, f"without their other half: {alone}"


def test_modules_keep_their_size() -> None:
    texts = native_sources("core", "bind") | {source.name: source.text for source in SOURCES}
    large = {name: lines for name, text in texts.items() if (lines := text.count("\n")) > MODULE_LINES}
    assert not large, f"over {MODULE_LINES} lines, split them by idea: {large}"
