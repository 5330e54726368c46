"""The package's face: sorted, complete, and every name is there."""

from __future__ import annotations

import ast
import importlib

import hpcflow
from tests.pure.sources import PACKAGE, Source


def test_all_is_sorted_and_without_twins() -> None:
    assert list(hpcflow.__all__) == sorted(set(hpcflow.__all__))


def test_every_name_is_there() -> None:
    missing = [name for name in hpcflow.__all__ if not hasattr(hpcflow, name)]
    assert not missing


def test_dir_tells_every_name() -> None:
    assert set(hpcflow.__all__) <= set(dir(hpcflow))


def test_what_is_exported_comes_from_the_package() -> None:
    values = {name: getattr(hpcflow, name) for name in hpcflow.__all__}
    foreign = {
        name: value.__module__
        for name, value in values.items()
        if isinstance(getattr(value, "__module__", None), str) and not value.__module__.startswith("hpcflow")
    }
    assert not foreign


def test_the_face_defines_no_class() -> None:
    face = Source(PACKAGE / "__init__.py")
    assert not [node.name for node in ast.walk(face.tree) if isinstance(node, ast.ClassDef)]


def test_public_modules_name_what_they_export() -> None:
    modules = [path.stem for path in sorted(PACKAGE.glob("[a-z]*.py"))]
    wrong = []
    for name in modules:
        module = importlib.import_module(f"hpcflow.{name}")
        exported = getattr(module, "__all__", [])
        wrong += [f"hpcflow.{name}.{entry}" for entry in exported if not hasattr(module, entry)]
    assert not wrong
