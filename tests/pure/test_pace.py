"""The arithmetic of the progress display: a rate that follows the work, and a time left that can be believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpcflow._engine.pace import WINDOW_COMPLETIONS, WINDOW_S, Pace, Tally, duration_text, rate_text


def test_nothing_is_known_before_the_first_completion() -> None:
    pace = Pace(start_s=0.0)
    pace.note(done=0, now_s=10.0)
    assert pace.rate() is None
    assert pace.time_left_s(remaining=5, now_s=10.0) is None


def test_steady_work_has_a_steady_rate() -> None:
    pace = Pace(start_s=100.0)
    for second in range(1, 61):
        pace.note(done=4 * second, now_s=100.0 + second)
        assert pace.rate() == pytest.approx(4.0)
    assert pace.time_left_s(remaining=40, now_s=160.0) == pytest.approx(10.0)


def test_the_easy_part_is_forgotten() -> None:
    pace = Pace(start_s=0.0)
    pace.note(done=100_000, now_s=1.0)
    for second in range(1, 101):
        pace.note(done=100_000 + second, now_s=1.0 + second)
    assert pace.rate() == pytest.approx(1.0)


def test_rare_completions_are_remembered_longer_than_the_window() -> None:
    pace = Pace(start_s=0.0)
    for count in range(1, WINDOW_COMPLETIONS):
        pace.note(done=count, now_s=10 * WINDOW_S * count)
    assert pace.rate() == pytest.approx(1 / (10 * WINDOW_S))


def test_runs_that_had_ended_before_do_not_count() -> None:
    pace = Pace(start_s=0.0, done=50)
    pace.note(done=51, now_s=1.0)
    assert pace.rate() == pytest.approx(1.0)


def test_between_completions_the_time_left_counts_down() -> None:
    pace = Pace(start_s=0.0)
    pace.note(done=1, now_s=60.0)
    assert pace.time_left_s(remaining=3, now_s=60.0) == pytest.approx(180.0)
    assert pace.time_left_s(remaining=3, now_s=110.0) == pytest.approx(130.0)


def test_when_nothing_ends_the_time_left_grows() -> None:
    pace = Pace(start_s=0.0)
    pace.note(done=1, now_s=60.0)
    times = [pace.time_left_s(remaining=3, now_s=now_s) or 0.0 for now_s in (120.0, 180.0, 600.0)]
    assert times == sorted(times)
    assert times[0] == pytest.approx(120.0)


@given(
    st.lists(st.tuples(st.floats(0.01, 100), st.integers(1, 1000)), min_size=1, max_size=60),
    st.floats(0, 1000),
    st.integers(1, 1000),
)
def test_the_time_left_is_never_negative(steps: list[tuple[float, int]], later_s: float, remaining: int) -> None:
    pace, now_s, done = Pace(start_s=0.0), 0.0, 0
    for pause_s, ended in steps:
        now_s, done = now_s + pause_s, done + ended
        pace.note(done=done, now_s=now_s)
    time_left_s = pace.time_left_s(remaining=remaining, now_s=now_s + later_s)
    assert time_left_s is not None
    assert time_left_s >= -1e-6


def test_no_run_is_left_in_no_time() -> None:
    assert Pace(start_s=0.0).time_left_s(remaining=0, now_s=1.0) == 0.0


def test_tallies_add_up() -> None:
    assert Tally(10, 5, 1) + Tally(3, 3, 2) == Tally(13, 8, 3)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.6, "1:00"), (61, "1:01"), (3600, "1:00:00"), (90_000, "1d 1:00:00"), (-1, "0:00")],
)
def test_times_are_written_as_a_clock_shows_them(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(("rate", "text"), [(2_500_000.0, "2,500,000/s"), (1.0, "1/s"), (0.5, "30/min"), (0.0, "0/h")])
def test_rates_are_written_in_a_unit_that_suits(rate: float, text: str) -> None:
    assert rate_text(rate) == text
