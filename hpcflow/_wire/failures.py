"""What may go wrong while user code pickles, and how types are named when it has. Apart from `diagnosis`, which few programs load."""

from __future__ import annotations

# What user code may raise while it pickles. SystemExit and GeneratorExit too: they are about this value, not about us.
FAILURES = (Exception, SystemExit, GeneratorExit)


def type_name(cls: type) -> str:
    """Name a type as a person would look for it.

    Example:
        >>> import fractions
        >>> type_name(int), type_name(fractions.Fraction)
        ('int', 'fractions.Fraction')
    """
    module = getattr(cls, "__module__", None)
    name = getattr(cls, "__qualname__", repr(cls))
    return name if module in {"builtins", "__main__", None} else f"{module}.{name}"
