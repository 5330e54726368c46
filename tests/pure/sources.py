"""The project's own sources, for tests that hold its rules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "hpcflow"
NATIVE = ROOT / "native"

_CPP_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(slots=True, frozen=True)
class Import:
    """One import of one module: where, and whether it is hidden in a function or needed for types alone."""

    module: str
    line: int
    is_hidden: bool
    is_marked_lazy: bool
    is_for_types: bool


@dataclass(frozen=True)
class Source:
    """A Python file of the package."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def name(self) -> str:
        """The file as the tables name it: "hpcflow/_wire/codec.py"."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        """The module's dotted name; a package's own is that of its folder."""
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    def imports(self) -> Iterator[Import]:
        """All imports, with `from hpcflow import errors` told as "hpcflow.errors" where that is a module."""
        yield from self._imports_below(self.tree, is_hidden=False, is_for_types=False)

    def _imports_below(self, parent: ast.AST, *, is_hidden: bool, is_for_types: bool) -> Iterator[Import]:
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, ast.Import | ast.ImportFrom):
                lines = self.text.splitlines()[node.lineno - 1 : node.end_lineno]
                is_marked = any("# lazy:" in line for line in lines)
                for module in self._modules_of(node):
                    yield Import(module, node.lineno, is_hidden, is_marked, is_for_types)
            else:
                yield from self._imports_below(
                    node,
                    is_hidden=is_hidden or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda),
                    is_for_types=is_for_types
                    or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)),
                )

    def _modules_of(self, node: ast.Import | ast.ImportFrom) -> list[str]:
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        base = node.module or ""
        if node.level:
            package = self.module.split(".") if self.path.name == "__init__.py" else self.module.split(".")[:-1]
            base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
        return [f"{base}.{alias.name}" if is_module(f"{base}.{alias.name}") else base for alias in node.names]


def is_module(name: str) -> bool:
    """Tell whether the dotted name is a module of the package; the native one counts."""
    path = ROOT.joinpath(*name.split("."))
    return name.startswith("hpcflow") and any(
        candidate.exists() for candidate in (path / "__init__.py", path.with_suffix(".py"), path.with_suffix(".pyi"))
    )


def package_sources() -> list[Source]:
    return [Source(path) for path in sorted(PACKAGE.rglob("*.py"))]


def native_sources(*folders: str) -> dict[str, str]:
    """The text of all C++ files of the folders below native/, by name as the tables have it."""
    paths = (path for folder in folders for path in sorted((NATIVE / folder).glob("*.[ch]pp")))
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in paths}


def without_comments(cpp_text: str) -> str:
    return _CPP_COMMENT.sub("", cpp_text)
