"""The native module's committed stub is the one that nanobind generates from it."""

from __future__ import annotations

import re
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
    # From 3.12 on Python itself adds `__buffer__` to what has a buffer; the stub is that of the floor, 3.11.
    text = re.sub(
        r'    def __buffer__\(self, flags, /\):\n        """\n.*?"""\n\n?', "", generated.read_text(), flags=re.DOTALL
    )
    assert committed.read_text() == text, "the native module changed: run scripts/stubs"
