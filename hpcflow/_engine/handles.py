"""The functions that workers of one pool know, by what makes them the same: their bytes, the plan, and the label of their runs."""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from hpcflow._native import Engine, Function
    from hpcflow._runs import Label
    from hpcflow._wire.functions import FunctionCode
    from hpcflow._worker.attempt import Plan

# Functions whose bytes a pool keeps in the arena; the least recently added goes first, and is sent again if it comes back.
_FUNCTIONS_MOST = 256


class FunctionHandles:
    """Give the engine's handle of a function, and hand the function over when it is new."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._handles: dict[tuple[bytes, Plan | None, Label | None], Function] = {}
        # The last of each label, by the identity of what it was asked with: to hash all of a label takes longer than a submit.
        self._last: dict[int, tuple[Label | None, Plan | None, FunctionCode, Function]] = {}

    def find(self, code: FunctionCode, plan: Plan | None, label: Label | None) -> Function:
        """Give the handle of a function as it is now."""
        last = self._last.get(id(label))
        if last is not None and last[0] is label and last[1] is plan and last[2] is code:
            return last[3]
        key = (code.digest, plan, label)
        handle = self._handles.get(key)
        if handle is None:
            blob = code.blob if label is None else _task_code(code, plan, label)
            handle = self._engine.add_function(blob, plan is not None and plan.overlaps)
            if len(self._handles) >= _FUNCTIONS_MOST:
                del self._handles[next(iter(self._handles))]
                self._last.clear()
            self._handles[key] = handle
        if len(self._last) >= _FUNCTIONS_MOST:
            self._last.clear()
        self._last[id(label)] = (label, plan, code, handle)
        return handle

    def clear(self) -> None:
        """Let go of them: they lie in the arena, and a pool that futures still refer to must not keep it."""
        self._handles.clear()
        self._last.clear()


def _task_code(code: FunctionCode, plan: Plan | None, label: Label) -> bytes:
    from hpcflow._worker.attempt import task_code  # lazy: tasks have loaded it

    return task_code(code.blob, code.digest, plan, label)
