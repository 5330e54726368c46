"""The native module's committed stub is the one that nanobind generates from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.pure.sources import PACKAGE


def test_stub_is_the_generated_one(tmp_path: Path) -> None:
    generated = tmp_path / "_native.pyi"
    command = [sys.executable, "-m", "nanobind.stubgen", "-q", "-m", "hpcflow._native", "-o", str(generated)]
    subprocess.run(command, cwd=PACKAGE.parent, check=True)
    committed = PACKAGE / "_native.pyi"
    assert committed.exists(), "run scripts/stubs and commit hpcflow/_native.pyi"
    assert committed.read_text() == generated.read_text(), "the native module changed: run scripts/stubs"
