"""The interpreter's end with runs on Dask: by what Python still does then, so tested on each version."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.programs import program

pytest.importorskip("distributed", reason="machine: it has no `distributed`")


def test_interpreters_end_finishes_what_was_submitted(tmp_path: Path) -> None:
    source = """
        import time
        from hpcflow import DaskTaskRunner, PrefectFuture, task

        def late():
            time.sleep(0.3)
            open("late", "x").close()

        if __name__ == "__main__":
            runner = DaskTaskRunner(cluster_kwargs={"n_workers": 1}).__enter__()
            runner.submit(task(late), {}, wait_for=[runner.submit(task(lambda: 1), {})])
    """
    with program(source, tmp_path) as run:
        assert run.wait() == 0
        assert (run.folder / "late").exists()
        run.assert_nothing_left()
