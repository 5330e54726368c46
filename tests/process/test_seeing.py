"""What is seen of runs: log lines, prints, names, what `runtime` tells; in workers, threads and direct calls."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from hpcflow import ThreadPoolTaskRunner, flow, get_run_logger, runtime, tags, task
from hpcflow.context import FlowRunContext, TaskRunContext, get_run_context

if TYPE_CHECKING:
    from pathlib import Path

LINE = re.compile(r"\d\d:\d\d:\d\d\.\d{3} \| (?P<level>[A-Z]{4,8}) *\| (?P<who>.*?) - (?P<text>.*)")


@task
def double(number: int) -> int:
    return 2 * number


@task(task_run_name="of {number}", tags=["own"])
def tell(number: int, scale: int = 2) -> dict[str, Any]:
    fields = ("id", "name", "parameters", "tags", "run_count", "task_name")
    told = {field: getattr(runtime.task_run, field) for field in fields}
    context = get_run_context()
    assert isinstance(context, TaskRunContext)
    flow_context = FlowRunContext.get()
    return told | {
        "flow": (runtime.flow_run.name, runtime.flow_run.flow_name, runtime.flow_run.id),
        "context": (context.task.name, context.task_run.name, context.parameters),
        "flow context": flow_context and (flow_context.flow.name, flow_context.flow_run.name),
    }


@task(log_prints=True)
def speak(number: int) -> int:
    print("first", number, sep="-")
    print("second\nand third")
    get_run_logger().warning("fourth %s", number)
    print("not for the log", file=io.StringIO())
    return number


@task(retries=1)
def fail_once_of_two(number: int) -> None:
    raise ValueError(number)


def lines_of(caplog: pytest.LogCaptureFixture, name: str) -> list[tuple[int, str]]:
    """Give level and text of what was logged about the run of that name."""
    names = ("task_run_name", "flow_run_name")
    mine = [record for record in caplog.records if name in [record.__dict__.get(each) for each in names]]
    return [(record.levelno, record.getMessage()) for record in mine if record.name.startswith("hpcflow.")]


def run_program(source: str, folder: Path, **environment: str) -> list[tuple[str, str, str]]:
    """Run a script and give its log lines: level, whom they are about, text."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(source))
    done = subprocess.run(
        [sys.executable, path], capture_output=True, text=True, check=True, env=os.environ | environment, cwd=folder
    )
    found = [match for line in done.stderr.splitlines() if (match := LINE.fullmatch(line))]
    return [(match["level"], match["who"], match["text"]) for match in found]


# --- log lines ----------------------------------------------------------------------------------------------------------


def test_lines_have_the_form_of_the_page(tmp_path: Path) -> None:
    lines = run_program(
        """
        from hpcflow import flow, task

        @task(task_run_name="train on {data}")
        def train(data):
            if data == "wine":
                raise ValueError("sour")

        @flow(flow_run_name="sweep of {count}")
        def sweep(count):
            runs = train.map(["digits", "wine"])
            runs.wait()
            return "done"

        sweep(2)
        """,
        tmp_path,
    )
    assert lines[0] == ("INFO", "Flow run 'sweep of 2'", "Beginning flow run 'sweep of 2' for flow 'sweep'")
    assert lines[-1] == ("INFO", "Flow run 'sweep of 2'", "Finished in state Completed()")
    failure = "Failed('Task run encountered an exception ValueError: sour')"
    assert set(lines[1:-1]) == {
        ("INFO", "Task run 'train on digits'", "Finished in state Completed()"),
        ("ERROR", "Task run 'train on wine'", "Task run failed with exception: ValueError('sour')"),
        ("ERROR", "Task run 'train on wine'", f"Finished in state {failure}"),
    }


def test_ends_of_runs_are_told_in_the_order_of_submission(tmp_path: Path) -> None:
    lines = run_program(
        """
        from hpcflow import flow, task

        @task(name="even")
        def give_even(number):
            return number

        @task(name="odd")
        def give_odd(number):
            return number

        @flow
        def both():
            for number in range(20):
                (give_odd if number % 2 else give_even).submit(number).result()

        both()
        """,
        tmp_path,
    )
    whose = [who.partition("'")[2].partition("-")[0] for _, who, text in lines if who.startswith("Task run")]
    assert whose == ["even", "odd"] * 10


def test_levels_are_the_settings(tmp_path: Path) -> None:
    source = """
        from hpcflow import flow, get_run_logger, task

        @task
        def train():
            get_run_logger().info("quiet")
            get_run_logger().error("loud")

        @flow
        def sweep():
            train.submit()

        sweep()
        """
    assert [text for _, _, text in run_program(source, tmp_path, HPCFLOW_LOGGING_LEVEL="ERROR")] == ["loud"]
    assert run_program(source, tmp_path, HPCFLOW_LOGGING_LEVEL="OFF") == []


@pytest.mark.parametrize(
    "within",
    [
        "return 1",
        "raise ValueError('no')",
        "logging.basicConfig(stream=sys.stderr, format='%(message)s'); return 1",
        "logging.getLogger('hpcflow').addHandler(logging.NullHandler()); return 1",
        "logging.getLogger('hpcflow').setLevel('ERROR'); return 1",
        "double.submit(2).result(); logging.getLogger('lab').warning('seen'); return double.submit(2)",
    ],
)
def test_lines_are_the_same_whoever_loads_logging_first(tmp_path: Path, within: str) -> None:
    source = f"""
        import sys
        from hpcflow import flow, task
        @task(task_run_name="doubled")
        def double(number):
            return 2 * number
        @flow(flow_run_name="f")
        def sweep():
            global logging
            assert "logging" not in sys.modules or "logging" in globals()
            import logging
            {within}
        if "first" in sys.argv:
            import logging
        sweep(return_state=True)
        sweep(return_state=True)
    """
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(source))
    told, seen = [], []
    for arguments in ((), ("first",)):
        done = subprocess.run([sys.executable, program, *arguments], check=True, capture_output=True, text=True)
        lines = re.sub(r"(?m)^[0-9:.]{12} ", "", done.stderr)
        # The program's own line comes before or after that of a run which has just ended.
        told.append(re.sub(r"(?m)^seen\n", "", lines))
        seen.append(lines.splitlines().count("seen"))
    assert told[0] == told[1]
    assert seen[0] == seen[1]
    assert "INFO    | Flow run 'f' - Beginning flow run 'f' for flow 'sweep'" in told[0]


def test_a_flow_that_submits_nothing_loads_no_logging(tmp_path: Path) -> None:
    source = """
        import sys
        from hpcflow import flow
        @flow
        def sweep():
            return 7
        assert sweep() == 7
        assert "logging" not in sys.modules
    """
    told = run_program(source, tmp_path)
    assert [level for level, *_ in told] == ["INFO", "INFO"]
    assert run_program(source, tmp_path, HPCFLOW_LOGGING_LEVEL="ERROR") == []


def test_handlers_of_the_program_are_the_only_ones(tmp_path: Path) -> None:
    source = """
        import logging, sys

        handler = logging.StreamHandler(sys.stdout)
        logging.getLogger("hpcflow").addHandler(handler)
        from hpcflow import flow

        flow(name="sweep")(lambda: None)()
        """
    assert run_program(source, tmp_path) == []


def test_many_runs_are_summed_up(tmp_path: Path) -> None:
    lines = run_program(
        """
        from hpcflow import flow, task

        @task
        def double(number):
            if number == 70_000:
                raise ValueError(number)

        @flow
        def sweep():
            double.map(range(100_000)).wait()

        sweep()
        """,
        tmp_path,
    )
    told = [text for _, who, text in lines if who.startswith("Task run") and text.startswith("Finished")]
    match = re.fullmatch(
        r"\.\.\. and ([\d,]+) more task runs of 'double': ([\d,]+) Completed(, 1 Failed)?", lines[-2][2]
    )
    assert match is not None, lines[-2]
    assert len(told) + int(match[1].replace(",", "")) == 100_000
    assert sum("Failed" in text for text in told) + (match[3] is not None) == 1
    assert any(text == "Task run failed with exception: ValueError(70000)" for _, _, text in lines)
    assert 100 < len(told) < 50_000  # some hundred lines more for each second that it takes


@pytest.mark.parametrize("way", ["submit", "direct", "thread"])
def test_attempts_and_ends_are_logged_as_in_prefect(way: str, caplog: pytest.LogCaptureFixture) -> None:
    @flow(task_runner=ThreadPoolTaskRunner() if way == "thread" else None)
    def sweep() -> Any:
        if way == "direct":
            return fail_once_of_two(3, return_state=True)
        return fail_once_of_two.submit(3, return_state=True)

    caplog.set_level(logging.INFO, "hpcflow")
    assert sweep(return_state=True).is_failed()
    name = next(record.task_run_name for record in caplog.records if hasattr(record, "task_run_name"))
    assert lines_of(caplog, name) == [
        (logging.INFO, "Task run failed with exception: ValueError(3) - Retry 1/1 will start immediately"),
        (logging.ERROR, "Task run failed with exception: ValueError(3) - Retries are exhausted"),
        (logging.ERROR, "Finished in state Failed('Task run encountered an exception ValueError: 3')"),
    ]


def test_a_traceback_begins_at_the_tasks_own_code(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hpcflow")
    fail_once_of_two.submit(1).wait()
    get_nothing = flow(name="later")(lambda: None)
    get_nothing()
    (record,) = [record for record in caplog.records if "Retries are exhausted" in record.getMessage()]
    assert record.exc_text is not None
    assert record.exc_text.count("File ") == 1
    assert "in fail_once_of_two" in record.exc_text


def test_a_flow_that_fails_says_why(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hpcflow")

    @flow(retries=1, flow_run_name="mine")
    def sweep() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        sweep()
    begin = (logging.INFO, "Beginning flow run 'mine' for flow 'sweep'")
    error = (logging.ERROR, "Encountered exception during execution: ValueError('x')")
    again = (
        "Received non-final state 'AwaitingRetry' when proposing final state 'Failed' and will attempt to run again..."
    )
    end = "Finished in state Failed('Flow run encountered an exception: ValueError: x')"
    assert lines_of(caplog, "mine") == [
        begin,
        error,
        (logging.INFO, again),
        begin,
        error,
        (logging.INFO, end),
    ]


# --- prints -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["submit", "direct", "thread"])
def test_prints_and_records_come_in_order(way: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hpcflow")

    @flow(task_runner=ThreadPoolTaskRunner() if way == "thread" else None)
    def sweep() -> None:
        if way == "direct":
            speak(1)
        else:
            speak.submit(1).result()
        get_run_logger().info("after")

    sweep()
    texts = [record.getMessage() for record in caplog.records]
    assert texts[1:-1] == ["first-1", "second\nand third", "fourth 1", "Finished in state Completed()", "after"]
    record = next(record for record in caplog.records if record.getMessage() == "first-1")
    assert record.name == "hpcflow.task_runs"
    assert record.task_name == "speak"  # type: ignore[attr-defined]
    assert record.flow_name == "sweep"  # type: ignore[attr-defined]


def test_tasks_and_subflows_log_prints_as_their_flow_does(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO, "hpcflow")

    @task
    def inherits() -> None:
        print("of a task")

    @task(log_prints=False)
    def refuses() -> None:
        print("not logged")

    @flow
    def inner() -> None:
        print("of a subflow")

    @flow(log_prints=True)
    def outer() -> None:
        print("of the flow")
        inherits.submit().wait()
        inherits()
        refuses()
        inner()

    outer()
    print("plain again")
    prints = [record.getMessage() for record in caplog.records if record.getMessage().startswith("of ")]
    assert prints == ["of the flow", "of a task", "of a task", "of a subflow"]
    assert capsys.readouterr().out == "not logged\nplain again\n"


def test_workers_obey_the_levels_of_the_program(caplog: pytest.LogCaptureFixture) -> None:
    @task
    def log() -> bool:
        logging.getLogger("lab.deep").debug("seen")
        logging.getLogger("other").info("not seen")
        return logging.getLogger("other").isEnabledFor(logging.INFO)

    @flow
    def sweep() -> bool:
        return log.submit().result()

    caplog.set_level(logging.WARNING, "other")
    caplog.set_level(logging.DEBUG, "lab")
    assert sweep() is False
    assert [record.getMessage() for record in caplog.records if record.name.startswith(("lab", "other"))] == ["seen"]


# --- names, runtime, contexts, tags -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["submit", "map", "direct", "thread"])
def test_runtime_and_contexts_tell_the_same_everywhere(way: str) -> None:
    @flow(task_runner=ThreadPoolTaskRunner() if way == "thread" else None, flow_run_name="lab {day}")
    def lab(day: int) -> Any:
        assert runtime.flow_run.parameters == {"day": day}
        assert runtime.task_run.name is None
        with tags("inner"):
            if way == "direct":
                told = tell(7)
            elif way == "map":
                told = tell.map([7])[0].result()
            else:
                future = tell.submit(7)
                told = future.result()
                assert (future.name, str(future.task_run_id)) == (told["name"], told["id"])
        return told, runtime.flow_run.id

    with tags("outer"):
        told, flow_run_id = lab(3)
    del told["id"]
    assert told == {
        "name": "of 7",
        "parameters": {"number": 7, "scale": 2},
        "tags": ["inner", "outer", "own"],
        "run_count": 1,
        "task_name": "tell",
        "flow": ("lab 3", "lab", flow_run_id),
        "context": ("tell", "of 7", {"number": 7, "scale": 2}),
        "flow context": ("lab", "lab 3"),
    }


def test_names_by_functions_and_by_bad_templates(caplog: pytest.LogCaptureFixture) -> None:
    by_parameters = double.with_options(task_run_name=lambda parameters: f"twice {parameters['number']}")
    by_runtime = double.with_options(task_run_name=lambda: f"{runtime.task_run.task_name}!")
    bad = double.with_options(name="misnamed", task_run_name="{nothing}")
    for named, name in ((by_parameters, "twice 4"), (by_runtime, "double!")):
        future = named.submit(4)
        assert future.result() == 8
        assert future.name == name
    assert bad(1) == bad.submit(1).result() == 2
    assert bad.submit(2).name.startswith("misnamed-")
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "'misnamed'" in warnings[0].getMessage()
    assert flow(name="nameless", flow_run_name="{nothing}")(lambda: 5)() == 5
    assert "The flow_run_name '{nothing}' of flow 'nameless' gives no name (KeyError: 'nothing')" in caplog.text


def test_a_name_is_made_of_the_values_of_futures() -> None:
    first = double.submit(2)
    second = double.with_options(task_run_name="of {number}").submit(first)
    assert second.result() == 8
    assert second.name == "of 4"


def test_attempts_are_counted() -> None:
    @task(retries=2)
    def third_time() -> int:
        count: int = runtime.task_run.run_count
        if count < 3:
            raise ValueError(count)
        return count

    assert third_time() == third_time.submit().result() == 3
    with ThreadPoolTaskRunner() as runner:
        assert runner.submit(third_time, {}).result() == 3


def test_a_subflow_is_no_task_run() -> None:
    @flow
    def inner() -> Any:
        return runtime.task_run.id, runtime.flow_run.parent_flow_run_id, runtime.flow_run.root_flow_run_id

    @task
    def calls_a_flow() -> Any:
        return inner()

    @flow
    def outer() -> Any:
        return inner(), calls_a_flow(), calls_a_flow.submit().result(), runtime.flow_run.id

    *told, flow_run_id = outer()
    assert told == [(None, flow_run_id, flow_run_id)] * 3


def test_cached_runs_say_so(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.INFO, "hpcflow")
    kept = double.with_options(cache_key_fn=lambda *_: "key", result_storage=str(tmp_path), name="kept")

    @flow
    def twice() -> None:
        kept.submit(1).wait()
        kept.submit(1).wait()

    twice()
    texts = [record.getMessage() for record in caplog.records if getattr(record, "task_name", "") == "kept"]
    assert texts == ["Finished in state Completed()", "Finished in state Cached(type=COMPLETED)"]
