"""Compare eight kinds of models on four data sets: a hundred cross-validations, spread over all cores.

What it shows:

- one task, mapped over a grid of candidates; the data is `unmapped`: it travels once, not once a candidate;
- a candidate that cannot be trained (its settings are wrong) fails alone, and the sweep goes on;
- progress while it runs: how many are done, how fast, how long it will take;
- at the end: the best of each kind, the best for each data set, what failed, and how busy each core was.

Run it with `python examples/model_sweep.py`; `--quick` for a tenth of the time, `--workers 1` to see what the cores are worth.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sklearn import datasets
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from hpcflow import ProcessPoolTaskRunner, SlotUsage, flow, progress, slot_usage, task, unmapped

SEED = 0  # of every model and every split: two sweeps give the same scores
Data = dict[str, tuple[np.ndarray, np.ndarray]]

LOADERS = {
    "digits": datasets.load_digits,
    "breast cancer": datasets.load_breast_cancer,
    "wine": datasets.load_wine,
    "iris": datasets.load_iris,
}
# The kinds of models, each with the settings to try: every combination of them.
GRID: dict[type, dict[str, list[Any]]] = {
    MLPClassifier: {"hidden_layer_sizes": [(32,), (64, 32)], "alpha": [0.0001, 0.01], "max_iter": [100]},
    GradientBoostingClassifier: {"n_estimators": [50], "max_depth": [2, 3], "max_features": ["sqrt"]},
    RandomForestClassifier: {"n_estimators": [50, 100]},
    ExtraTreesClassifier: {"n_estimators": [50, 100]},
    SVC: {"kernel": ["rbf", "linear", "poly"], "C": [1, 10]},
    LogisticRegression: {"C": [0.01, 0.1, 1, 10]},
    KNeighborsClassifier: {"n_neighbors": [1, 5, 15]},
    DecisionTreeClassifier: {"max_depth": [3, None]},
}


@dataclass(frozen=True)
class Candidate:
    """One model with its settings, to be tried on one data set."""

    data_set: str
    model: type
    settings: dict[str, Any]

    def __str__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        return f"{self.model.__name__}({settings})"


@dataclass(frozen=True)
class Score:
    """Accuracy over the folds of one cross-validation, and the seconds that it took."""

    mean: float
    deviation: float
    seconds: float


Scored = tuple[Candidate, Score]
MISTAKE = Candidate("wine", SVC, {"C": -1})  # in the grid on purpose: it cannot be trained


def candidates_for(data_sets: list[str], *, one_each: bool) -> list[Candidate]:
    """Lay out the grid; with `one_each` only the first settings of each kind."""
    settings = {model: list(ParameterGrid(grid))[: 1 if one_each else None] for model, grid in GRID.items()}
    chosen = [Candidate(name, model, each) for model in GRID for each in settings[model] for name in data_sets]
    chosen.append(MISTAKE)
    random.Random(SEED).shuffle(chosen)  # slow ones among quick ones: so the pace so far tells the time left
    return chosen


@task(task_run_name="{candidate} on {candidate.data_set}")
def cross_validate(candidate: Candidate, data: Data, folds: int) -> Score:
    """Train and test one candidate on each fold of its data set."""
    began = time.perf_counter()
    inputs, targets = data[candidate.data_set]
    model = candidate.model(**candidate.settings)
    if "random_state" in model.get_params():
        model.set_params(random_state=SEED)
    splits = StratifiedKFold(folds, shuffle=True, random_state=SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # its score tells whether it was trained long enough
        pipeline = make_pipeline(StandardScaler(), model)
        scores = cross_val_score(pipeline, inputs, targets, cv=splits, error_score="raise")
    return Score(float(scores.mean()), float(scores.std()), time.perf_counter() - began)


@flow
def sweep(candidates: list[Candidate], data: Data, folds: int) -> Sequence[Score | Exception]:
    """Cross-validate all candidates; where one failed its exception stands in place of a score."""
    runs = cross_validate.map(candidates, unmapped(data), folds=folds)
    with progress(runs, "model sweep"):
        return runs.result(raise_on_failure=False)


def best_of(scored: list[Scored], data_set: str, kind: type | None = None) -> Scored | None:
    """Find the most accurate candidate for a data set, of one kind or of all; None where none could be trained."""
    matching = [each for each in scored if each[0].data_set == data_set and kind in (None, each[0].model)]
    return max(matching, key=lambda each: each[1].mean, default=None)


def print_scores(console: Console, scored: list[Scored], data_sets: list[str]) -> None:
    """Print the best accuracy of each kind on each data set, and then the best candidate for each data set."""
    winners = {name: best for name in data_sets if (best := best_of(scored, name)) is not None}
    kinds = Table("model", *winners, title="Best accuracy of each kind", box=box.SIMPLE_HEAD)
    for kind in GRID:
        cells = []
        for name, (_, winner) in winners.items():
            best = best_of(scored, name, kind)
            is_winner = best is not None and best[1].mean == winner.mean
            cells.append(Text(f"{best[1].mean:.3f}" if best else "-", "bold green" if is_winner else ""))
        kinds.add_row(kind.__name__, *cells)
    table = Table("data set", "model", "accuracy", "seconds", title="Best for each data set", box=box.SIMPLE_HEAD)
    for name, (candidate, score) in winners.items():
        table.add_row(name, str(candidate), f"{score.mean:.3f} ± {score.deviation:.3f}", f"{score.seconds:.2f}")
    console.print(kinds, table)


def print_usage(console: Console, slots: list[SlotUsage], wall_s: float, fit_s: float) -> None:
    """Print how busy each core was, and what the cores were worth together."""
    table = Table("core", "runs", "busy", title="How busy the cores were", box=box.SIMPLE_HEAD)
    for slot in sorted(slots, key=lambda slot: slot.cores):
        core = ", ".join(map(str, slot.cores)) or f"any (slot {slot.slot})"
        share = min(slot.busy_s / wall_s, 1.0)
        table.add_row(core, str(slot.attempts), f"{slot.busy_s:5.1f} s {share:4.0%} {'█' * round(20 * share)}")
    console.print(table)
    console.print(f"{fit_s:.1f} s of fitting in {wall_s:.1f} s: a speed-up of {fit_s / wall_s:.2f}")


def parsed_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two small data sets, one candidate of each kind")
    parser.add_argument("--workers", type=int, metavar="N", help="worker processes (default: one a core)")
    parser.add_argument("--folds", type=int, default=5, metavar="N", help="folds of each cross-validation (default: 5)")
    return parser.parse_args()


def main() -> int:
    """Run the sweep; 1 when a candidate failed that should not have."""
    options = parsed_arguments()
    data_sets = ["wine", "iris"] if options.quick else list(LOADERS)
    candidates = candidates_for(data_sets, one_each=options.quick)
    data = {name: LOADERS[name](return_X_y=True) for name in data_sets}
    runner = ProcessPoolTaskRunner(max_workers=options.workers)
    began = time.perf_counter()
    try:
        outcomes = sweep.with_options(task_runner=runner)(candidates, data, options.folds)
    except KeyboardInterrupt:
        return 130  # as a shell has it; the flow has said what it cancelled
    wall_s = time.perf_counter() - began

    pairs = list(zip(candidates, outcomes, strict=True))
    scored = [(candidate, outcome) for candidate, outcome in pairs if isinstance(outcome, Score)]
    failed = [(candidate, outcome) for candidate, outcome in pairs if isinstance(outcome, Exception)]
    console = Console()
    print_scores(console, scored, data_sets)
    for candidate, error in failed:
        console.print(Text("failed:", "red"), f"{candidate} on {candidate.data_set}: {error!r}", markup=False)
    print_usage(console, slot_usage(options.workers), wall_s, sum(score.seconds for _, score in scored))
    return 0 if all(candidate is MISTAKE for candidate, _ in failed) else 1


if __name__ == "__main__":
    sys.exit(main())
