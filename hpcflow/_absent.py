"""Asked by Python's import when no module of a name was found: says why there is no such module, where it is one of Prefect's.

This module itself is what stands in `sys.meta_path`, at its end, so nothing that can be imported is looked for here.
"""

from __future__ import annotations


def find_spec(name: str, path: object = None, target: object = None) -> None:  # noqa: ARG001 - Python's interface
    """Raise ImportError for a module that Prefect has and hpcflow has not; find nothing otherwise.

    Example:
        >>> find_spec("hpcflow.misspelt")
        >>> find_spec("json.misspelt")
    """
    if name.startswith("hpcflow.") and not name.startswith("hpcflow._"):  # private names are not Prefect's
        from hpcflow._unsupported import why_not  # lazy: only for mistakes

        reason = why_not(*name.rpartition(".")[::2])
        if reason is not None:
            raise ImportError(reason, name=name)


def missing(where: str, name: str) -> AttributeError:
    """Make the error for a name that the package, or a decorated function, has not; with the reason if Prefect has it.

    Example:
        >>> print(missing("hpcflow", "misspelt"))
        module 'hpcflow' has no attribute 'misspelt'
    """
    from hpcflow._unsupported import why_not  # lazy: as above

    reason = None if name.startswith("__") else why_not(where, name)
    return AttributeError(reason or _plain(where, name), name=name)


def refuse(module: str, name: str) -> Exception:
    """Make the error for a name that a module within the package has not.

    For a name of Prefect's it is an ImportError: of an AttributeError that a module raises, `from ... import` tells nothing.

    Example:
        >>> refuse("hpcflow.flows", "misspelt")
        AttributeError("module 'hpcflow.flows' has no attribute 'misspelt'")
        >>> type(refuse("hpcflow.flows", "serve"))
        <class 'ImportError'>
    """
    error = missing(module, name)
    return ImportError(str(error), name=f"{module}.{name}") if str(error) != _plain(module, name) else error


def _plain(module: str, name: str) -> str:
    if module.startswith("hpcflow"):
        return f"module {module!r} has no attribute {name!r}"
    return f"{module!r} object has no attribute {name!r}"  # Python's own words, for an object and for a module
