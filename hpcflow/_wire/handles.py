"""Connections of multiprocessing, and sockets: values that stand for a descriptor of this process.

They travel as multiprocessing's own pools have it: the sender keeps a duplicate, and the receiver fetches it, over a socket that
both know the key to (`multiprocessing.resource_sharer`). It can be fetched once. Pickled as they are, a Connection would arrive
with the number of its descriptor, which means another file there.
"""

from __future__ import annotations

import io
from typing import Any

# Modules that such values are of; the second's are pickled without a complaint.
_SOCKETS = "socket"
CONNECTIONS = "multiprocessing.connection"


def reduce_handle(value: object) -> Any:
    """Reduce a connection or a socket as multiprocessing does; NotImplemented for all else.

    Example:
        >>> reduce_handle([1, 2])
        NotImplemented
    """
    kind = type(value)
    if kind.__module__ not in (CONNECTIONS, _SOCKETS):
        return NotImplemented
    from multiprocessing import reduction  # lazy: who has a socket may not have it; who has a connection has both

    reducer = reduction.ForkingPickler(io.BytesIO()).dispatch_table.get(kind)
    return NotImplemented if reducer is None else reducer(value)
