"""The annotations of `hpcflow.annotations`, where scripts written for Prefect look for them."""

from __future__ import annotations

from hpcflow.annotations import BaseAnnotation, NotSet, allow_failure, opaque, quote, unmapped

__all__ = ["BaseAnnotation", "NotSet", "allow_failure", "opaque", "quote", "unmapped"]
