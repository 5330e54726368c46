"""Rounds: every contender of a question, one after the other, again and again.

A machine's speed drifts, on small virtual machines by more than half within seconds. So figures of two engines are
compared only within one round, taken moments apart, and what is reported is the median of the rounds' ratios. The
subject's part of each round is what pytest-benchmark times; the figures that answer the question are in ``extra_info``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.report import Goal, Row, Spread

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

Figures = dict[str, float]
Measure = Callable[[], Figures]


@dataclass(slots=True)
class Contest:
    """One question put to several contenders.

    Attributes:
        measures: how each contender is measured, by its name; returns its figures of one round.
        samples: each contender's figures, a list item a round.
    """

    measures: dict[str, Measure]
    samples: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def run(self, benchmark: BenchmarkFixture, subject: str, *, rounds: int) -> None:
        """Run the rounds: in each the others in order, then the subject under pytest-benchmark's clock."""

        def others() -> None:
            for name in self.measures:
                if name != subject:
                    self._take(name)

        # pytest-benchmark is marked as typed, and this method is not.
        benchmark.pedantic(  # type: ignore[no-untyped-call]
            lambda: self._take(subject), setup=others, rounds=rounds, iterations=1
        )

    def _take(self, name: str) -> None:
        taken = self.samples.setdefault(name, {})
        for figure, value in self.measures[name]().items():
            taken.setdefault(figure, []).append(value)

    def row(
        self,
        what: str,
        figure: str,
        subject: str,
        peer: str | None = None,
        *,
        peer_figure: str | None = None,
        goal: Goal | None = None,
        note: str = "",
    ) -> Row:
        """Compare a figure of the subject with a peer's: the same one, unless another is named."""
        own = self._whole(subject, figure)
        other = self._whole(peer, peer_figure or figure) if peer else []
        ratios = [mine / theirs for mine, theirs in zip(own, other, strict=False) if theirs != 0]
        return Row(what, subject, _spread(own), peer, _spread(other), _spread(ratios), goal, note)

    def _whole(self, name: str, figure: str) -> list[float]:
        """Return a contender's samples of a figure, or none if it did not give one in every round."""
        rounds = max(len(samples) for samples in self.samples[name].values())
        samples = self.samples[name].get(figure, [])
        return samples if len(samples) == rounds else []

    def record(self, benchmark: BenchmarkFixture, rows: Sequence[Row]) -> None:
        """Put the rows and every sample into the JSON; the table at the end of the run is made from them."""
        benchmark.extra_info["rows"] = [row.as_json() for row in rows]
        benchmark.extra_info["samples"] = self.samples


def _spread(samples: Sequence[float]) -> Spread | None:
    return Spread.of(samples) if samples else None
