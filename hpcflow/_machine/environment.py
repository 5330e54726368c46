"""The environment of this process, written: what the template is told, and what marks a worker's children.

It is read in `settings` only, which the template does without.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # a first run waits for all that the template loads
if TYPE_CHECKING:
    from collections.abc import Mapping


def set_environment(variables: Mapping[str, str]) -> None:
    """Set variables of this process: what the template was told, before it loads the libraries that read them."""
    os.environ.update(variables)
