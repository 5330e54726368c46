from collections import Counter

from prefect import flow, task, unmapped
from prefect.futures import as_completed


@task
def count(text, ignore):
    return Counter(word for word in text.lower().split() if word not in ignore)


@task
def merge(left, right):
    return left + right


@flow
def main(texts: list[str]):
    futures = count.map(texts, unmapped({"the", "a"}))
    total = Counter()
    for future in as_completed(futures):
        total += future.result()
    print(sorted(total.items()))
    level = list(futures)
    while len(level) > 1:
        level = [merge.submit(*level[i : i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0].result() == total


print(main(["the cat sat", "a cat ran", "the dog sat down", "cat"]))
