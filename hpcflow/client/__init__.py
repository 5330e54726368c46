"""Where scripts written for Prefect look for the types of runs and states: `hpcflow.client.schemas.objects`. There is no client."""

from __future__ import annotations

from hpcflow import _absent


def __getattr__(name: str) -> object:
    raise _absent.refuse(__name__, name)
