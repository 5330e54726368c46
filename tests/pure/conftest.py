"""What holds for the pure tests."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says nothing: a loaded machine may stop for a second in the midst of one.
settings.register_profile("at any pace", parent=settings(), deadline=None)
settings.load_profile("at any pace")
