"""Names of two words and more, where scripts written for Prefect look for them."""

from __future__ import annotations

from hpcflow._flow_names import new_flow_run_name

__all__ = ["generate_slug"]


def generate_slug(n_words: int) -> str:
    """Give so many words, joined.

    Example:
        >>> generate_slug(3).count("-")
        2
    """
    words = [word for _ in range(0, n_words, 2) for word in new_flow_run_name().split("-")]
    return "-".join(words[:n_words])
