"""`typing.NamedTuple`, without what that does with annotations.

Where annotations are texts, as in all modules here, `typing` compiles each of them when the class is made. For our records together
that takes milliseconds, in the parent before its workers start and in the process that forks them. Nobody asks for the compiled
ones. Type checkers see `typing.NamedTuple`.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414 - exported
else:

    class _Making(type):
        """Make a named tuple, with the methods that stand in the class's body."""

        def __new__(cls, name: str, _bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            fields = namespace.get("__annotations__", {})
            defaults = [namespace.pop(field) for field in fields if field in namespace]
            made = collections.namedtuple(  # noqa: PYI024 - it is how typing's is made
                name, fields, defaults=defaults, module=namespace["__module__"]
            )
            for attribute, value in namespace.items():
                setattr(made, attribute, value)
            return made

    NamedTuple = type.__new__(_Making, "NamedTuple", (), {})
