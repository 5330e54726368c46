"""What travels between processes that share nothing: a script and a worker that has never seen it.

The worker here is the smallest that uses the wire as the engine's does: it keeps functions by digest, decodes a call, and
answers with a value or an error. The script is the parent, run as `__main__`.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

WIRE = '''
import pickle, subprocess, sys
from hpcflow._wire import codec
from hpcflow._wire.functions import FunctionTable

WORKER = """
import pickle, sys
from hpcflow._wire import codec
from hpcflow._wire.functions import load

known = {}
while True:
    try:
        digest, blob, data, buffers = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    try:
        if blob is not None:
            known[digest] = load(blob)
        args, kwargs = codec.decode(data, buffers)
        value = known[digest](*args, **kwargs)
        kind, encoded = "value", codec.encode(value, what="result")
    except BaseException as error:
        kind, encoded = "error", codec.encode_error(error)
    answer = (kind, encoded.data, [bytearray(buffer) for buffer in encoded.buffers])
    pickle.dump(answer, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    args = kwargs = value = encoded = answer = data = buffers = None
"""


class Worker:
    def __init__(self):
        # Not -c, which would put the working folder first: the worker has the parent's path and another __main__.
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\\n{WORKER}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        self.sent = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(100)
        self.process.stdout.close()

    def run(self, fn, *args, **kwargs):
        code = table.lookup(fn)
        encoded = codec.encode_call(args, kwargs, [])
        blob = None if code.digest in self.sent else code.blob
        self.sent.add(code.digest)
        message = (code.digest, blob, encoded.data, [bytearray(buffer) for buffer in encoded.buffers])
        pickle.dump(message, self.process.stdin)
        self.process.stdin.flush()
        kind, data, buffers = pickle.load(self.process.stdout)
        if kind == "error":
            raise codec.decode_error(data, buffers)
        return codec.decode(data, buffers)


table = FunctionTable()
'''


def run_script(tmp_path: Path, source: str, *, by: str = "file") -> str:
    """Run a script beside a module `wire` that has the Worker; give what it prints."""
    (tmp_path / "wire.py").write_text(WIRE)
    source = textwrap.dedent(source)
    command = [sys.executable, "-W", "error", "-c", source]
    if by == "file":
        path = tmp_path / "script.py"
        path.write_text(source)
        command = [sys.executable, "-W", "error", str(path)]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("by", ["file", "-c"])
def test_functions_classes_and_closures_of_the_script(tmp_path: Path, by: str) -> None:
    source = """
        import dataclasses, enum
        from wire import Worker

        OFFSET = 10

        @dataclasses.dataclass
        class Config:
            rate: float
            def scaled(self): return self.rate * OFFSET

        class Colour(enum.Enum):
            RED = 1

        def helper(x): return x + OFFSET
        def use(config, colour): return helper(config.scaled()), colour is Colour.RED
        def make(rate): return Config(rate), Colour.RED
        def same(one, other): return type(one) is type(other) is Config

        with Worker() as worker:
            print(worker.run(use, Config(2.0), Colour.RED))
            config, colour = worker.run(make, 3.0)
            print(type(config) is Config, config, colour is Colour.RED)
            print(worker.run(lambda x: [helper(x), OFFSET], 1))
            OFFSET = 20
            print(worker.run(use, Config(2.0), Colour.RED), worker.run(helper, 1))
            print(worker.run(same, Config(1), config))
            print(isinstance(worker.run(lambda: Config(1)), Config))
    """
    assert run_script(tmp_path, source, by=by).splitlines() == [
        "(30.0, True)",
        "True Config(rate=3.0) True",
        "[11, 10]",
        "(60.0, True) 21",
        "True",
        "True",
    ]


def test_a_class_sent_twice_is_one_class_and_follows_its_changes(tmp_path: Path) -> None:
    source = """
        from wire import Worker

        class Box:
            size = 1
            made = []
            def area(self): return self.size ** 2

        def remember(box, kept=None):
            import builtins
            kept = builtins.__dict__.setdefault("_kept", [])
            kept.append(type(box))
            box.made.append("worker")
            return len(set(kept)), box.area(), box

        with Worker() as worker:
            method = Box.area
            print(worker.run(remember, Box())[:2], worker.run(remember, Box())[:2])
            Box.size = 3
            distinct, area, box = worker.run(remember, Box())
            print(distinct, area, type(box) is Box, Box.area is method, Box.made)
    """
    assert run_script(tmp_path, source).splitlines() == ["(1, 1) (1, 1)", "1 9 True True []"]


def test_an_edited_module_is_sent_anew(tmp_path: Path) -> None:
    source = """
        import importlib, pathlib, sys
        sys.dont_write_bytecode = True
        from wire import Worker

        lib, user = pathlib.Path("lib.py"), pathlib.Path("user.py")
        lib.write_text("FACTOR = 2\\ndef scale(x): return FACTOR * x\\nclass Box:\\n    def get(self): return 'old'\\n")
        user.write_text("import lib\\ndef apply(x): return lib.scale(x) + 1\\n")
        import lib as module, user as caller

        def through(x): return module.scale(x)
        def get(box): return box.get()

        def results(worker):
            return (
                worker.run(module.scale, 1), worker.run(through, 1), worker.run(lambda: module.scale(1)),
                worker.run(caller.apply, 1), worker.run(get, module.Box()),
            )

        with Worker() as worker:
            print(results(worker))
            lib.write_text("FACTOR = 30\\ndef scale(x): return FACTOR * x\\nclass Box:\\n    def get(self): return 'new'\\n")
            importlib.reload(module)
            print(results(worker))
            module.scale.__code__ = (lambda x: -x).__code__
            print(results(worker))
    """
    assert run_script(tmp_path, source).splitlines() == [
        "(2, 2, 2, 3, 'old')",
        "(30, 30, 30, 31, 'new')",
        "(-1, -1, -1, 0, 'new')",
    ]


def test_modules_that_the_worker_cannot_import(tmp_path: Path) -> None:
    source = """
        import importlib.util, pathlib, sys, types
        from wire import Worker

        by_hand = types.ModuleType("by_hand")
        exec("class Box:\\n    size = 3\\ndef grow(x): return x + 1", vars(by_hand))
        sys.modules["by_hand"] = by_hand

        pathlib.Path("deep").mkdir()
        pathlib.Path("deep/odd.py").write_text("class Box:\\n    size = 4\\ndef grow(x): return x + 2\\n")
        spec = importlib.util.spec_from_file_location("odd", "deep/odd.py")
        odd = importlib.util.module_from_spec(spec)
        sys.modules["odd"] = odd
        spec.loader.exec_module(odd)

        with Worker() as worker:
            for module in (by_hand, odd):
                print(worker.run(module.grow, 1), worker.run(lambda box: (box.size, type(box).__module__), module.Box()))
                print(type(worker.run(lambda m=module: m.Box())) is module.Box)
    """
    assert run_script(tmp_path, source).splitlines() == ["2 (3, 'by_hand')", "True", "3 (4, 'odd')", "True"]


def test_errors_come_home(tmp_path: Path) -> None:
    source = """
        import threading, traceback
        from wire import Worker

        class Finicky(Exception):
            def __init__(self, code, *, text):
                super().__init__(f"{code}: {text}")
                self.code = code

        def fail():
            try:
                {}["seed"]
            except KeyError as missing:
                raise Finicky(404, text="gone") from missing  # the very line

        def fail_badly(): raise ValueError("bad", threading.Lock())
        def leave(): raise SystemExit(3)
        def interrupt(): raise KeyboardInterrupt
        def unpicklable(): return {"lock": threading.Lock()}

        with Worker() as worker:
            try:
                worker.run(fail)
            except Finicky as error:
                print(type(error) is Finicky, error, error.code, type(error.__cause__).__name__)
                remote = error.__cause__.__cause__
                print("the very line" in remote.tb, "KeyError: 'seed'" in remote.tb)
                print(repr(error.__cause__))
            for fn in (fail_badly, leave, interrupt, unpicklable):
                try:
                    worker.run(fn)
                except BaseException as error:
                    last_line = str(error).replace("'_thread.lock' object", "lock").splitlines()[-1:]
                    print(type(error).__name__, "|", getattr(error, "__notes__", ""), "|", last_line)
            print(worker.run(len, "still there"))
    """
    assert run_script(tmp_path, source).splitlines() == [
        "True 404: gone 404 KeyError",
        "True True",
        "KeyError('seed')",
        "EncodingError |  | ['Cannot be pickled: its args -> [1] (type _thread.lock).']",
        "SystemExit |  | ['3']",
        "KeyboardInterrupt |  | []",
        "TypeError | [\"Cannot be pickled: result -> ['lock'] (type _thread.lock).\"] | ['cannot pickle lock']",
        "11",
    ]


def test_an_error_class_that_only_the_worker_has(tmp_path: Path) -> None:
    source = """
        from wire import Worker
        import traceback

        def fail():
            class Local(ValueError):
                pass
            raise Local("made there")

        with Worker() as worker:
            try:
                worker.run(fail)
            except ValueError as error:
                print(type(error).__name__, error, "in fail" in traceback.format_exc())
    """
    assert run_script(tmp_path, source) == "Local made there True\n"


def test_arrays_arrive_writable_and_isolated(tmp_path: Path) -> None:
    source = """
        import numpy as np
        from wire import Worker

        def double(array):
            array *= 2
            return array

        with Worker() as worker:
            array = np.arange(100_000, dtype=float).reshape(100, 1000)
            back = worker.run(double, array)
            back[0, 0] = 7
            print(array[0, 1], back[0, 1], back.flags.writeable, back.shape)
            print(worker.run(len, bytes(200_000)), worker.run(type, bytearray(200_000)))
    """
    assert run_script(tmp_path, source).splitlines() == ["1.0 2.0 True (100, 1000)", "200000 <class 'bytearray'>"]
