"""What a fork of this process must not cut in two: an import that another thread is at.

A child has only the thread that forked. What another one held at that moment stays held there for ever, and Python's import system
holds a lock for each module that is being loaded. hpcflow loads much of itself when it is first needed, in whichever thread that is;
so a fork waits until no module of hpcflow's, nor one that it is built on, is half loaded.
"""

from __future__ import annotations

import os
import sys

# Modules that load without waiting for anything of the program's: to wait for one of these ends.
_OURS = frozenset({"hpcflow", "cloudpickle", "loky"})


_ROUNDS_MOST = 100  # a program that never stops importing must not stop a fork


def _finish_imports() -> None:
    # Again after each wait: the thread that was at it may go on to the next module.
    for _ in range(_ROUNDS_MOST):
        if not _wait_for_imports():
            return


def _wait_for_imports() -> bool:
    """Wait for what is being imported now; tell whether there was anything."""
    import importlib  # lazy: loaded long since

    # A private name of the import system; where it goes, forks are as safe as with any other library.
    locks = getattr(sys.modules.get("_frozen_importlib"), "_module_locks", ())
    names = [name for name in list(locks) if _is_ours(name)]
    for name in names:
        try:
            importlib.import_module(name)  # waits for the thread that is at it
        except Exception:  # noqa: BLE001 - that thread is told
            continue
    return bool(names)


def _is_ours(name: str) -> bool:
    package = name.partition(".")[0]
    return package in _OURS or package in sys.stdlib_module_names


os.register_at_fork(before=_finish_imports)
