import re

from prefect import flow, task
from prefect.futures import as_completed, wait


def count_words(text: str) -> int:
    return len(text.split())


def shout(text: str) -> str:
    return text.upper()


@task
def analyze(texts: list[str]) -> dict:
    futures = {op.__name__: task(op).map(texts) for op in [count_words, shout]}
    wait([f for futs in futures.values() for f in futs])
    return {name: [f.result() for f in futs] for name, futs in futures.items()}


@task
def analyze_as_completed(texts):
    futures = task(count_words).map(texts)
    return sorted(future.result() for future in as_completed(futures))


@flow
def run():
    print(analyze(["a b", "c"]))
    print(analyze.submit(["d e f"]).result())
    print(analyze_as_completed.submit(["a b", "c", ""]).result())
    print(analyze.map([["x"], ["y z"]]).result())


run()
