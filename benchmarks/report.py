"""What a benchmark found, as rows, and the table of them: ``python benchmarks/report.py RESULTS.json``.

A row compares one figure of hpcflow with one of a peer. It is plain data, kept in the ``extra_info`` of
pytest-benchmark's JSON, so that a table can be printed long after the run, from the file alone. This module imports
nothing of the project.
"""

from __future__ import annotations

import json
import statistics
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HEADINGS = ("what", "peer", "the peer's figure", "hpcflow", "ratio, round by round", "goal", "reached")


@dataclass(slots=True, frozen=True)
class Spread:
    """A figure over all rounds: never one number."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread:
        """Sum samples up."""
        return cls(statistics.median(samples), min(samples), max(samples))

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.lowest)}..{number(self.highest)})"


@dataclass(slots=True, frozen=True)
class Goal:
    """What a figure, or the ratio to the peer's, should be; judged by the median."""

    sense: Literal["at least", "at most"]
    bound: float
    on: Literal["figure", "ratio"] = "figure"

    def reached_by(self, spread: Spread) -> bool:
        """Tell whether the median is on the right side of the bound."""
        return spread.median >= self.bound if self.sense == "at least" else spread.median <= self.bound

    def __str__(self) -> str:
        return f"{self.on} {self.sense} {number(self.bound)}"


@dataclass(slots=True, frozen=True)
class Row:
    """One comparison.

    Attributes:
        what: the question, in a few words, with the unit.
        subject: which face of hpcflow.
        figure: hpcflow's figure over the rounds; None where it has none to give, and then the goal is missed.
        peer: what it is compared with; None where the figure stands alone.
        peer_figure: the peer's figure over the same rounds; None where it has none to give.
        ratio: hpcflow's figure divided by the peer's, taken in each round and then summed up.
        goal: what is to be reached, if this row has a goal.
        note: what must be known to read the row.
    """

    what: str
    subject: str
    figure: Spread | None
    peer: str | None = None
    peer_figure: Spread | None = None
    ratio: Spread | None = None
    goal: Goal | None = None
    note: str = ""

    @property
    def is_reached(self) -> bool | None:
        """Whether the goal is reached; None where there is no goal."""
        if self.goal is None:
            return None
        judged = self.ratio if self.goal.on == "ratio" else self.figure
        return judged is not None and self.goal.reached_by(judged)

    def as_json(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Row:
        """Build the row back from what :meth:`as_json` gave."""
        spreads = {key: Spread(**data[key]) if data[key] else None for key in ("figure", "peer_figure", "ratio")}
        return cls(**{**data, **spreads, "goal": Goal(**data["goal"]) if data["goal"] else None})

    def cells(self) -> tuple[str, ...]:
        """Return the row as it stands in the table."""
        peer_figure = str(self.peer_figure or "none") if self.peer else ""
        reached = {True: "yes", False: "no", None: ""}[self.is_reached]
        return (
            f"{self.what} [{self.subject.removeprefix('hpcflow.')}]" if "." in self.subject else self.what,
            self.peer or "",
            peer_figure,
            str(self.figure or "none"),
            str(self.ratio) if self.ratio else "",
            str(self.goal) if self.goal else "",
            reached,
        )


def number(value: float) -> str:
    """Write a number with three digits that mean something, and no exponent."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 10 else f"{value:.3g}"


def table(rows: Iterable[Row]) -> str:
    """Lay the rows out as a Markdown table, with the notes under it."""
    rows = list(rows)
    grid = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in grid) for column in range(len(HEADINGS))]
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in grid)
    lines = [f"| {' | '.join(cells)} |" for cells in padded]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    notes = dict.fromkeys(f"- {row.what}: {row.note}" for row in rows if row.note)
    return "\n".join([*lines, *(["", *notes] if notes else [])])


def rows_of(results: dict[str, Any]) -> list[Row]:
    """Gather the rows of all benchmarks in pytest-benchmark's JSON."""
    return [Row.from_json(row) for found in results["benchmarks"] for row in found["extra_info"].get("rows", ())]


def machine_of(results: dict[str, Any]) -> str:
    """Say in two lines where and when the figures were taken."""
    machine = results["machine_info"]
    cpu = machine.get("cpu_model") or machine.get("cpu", {}).get("brand_raw", "unknown CPU")
    return (
        f"{cpu}, {machine.get('usable_cpus', '?')} usable CPUs, {machine['system']} {machine['release']}, "
        f"Python {machine['python_version']}\n"
        f"taken {results['datetime']}, load at the start {machine.get('load_average_1min', '?')}"
    )


def main(arguments: Sequence[str]) -> int:
    """Print the table of each file named."""
    if not arguments:
        print("usage: python benchmarks/report.py RESULTS.json ...", file=sys.stderr)
        return 2
    for argument in arguments:
        results = json.loads(Path(argument).read_text())
        print(f"{machine_of(results)}\n\n{table(rows_of(results))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
