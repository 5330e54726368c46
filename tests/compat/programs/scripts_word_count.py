import re
from collections import Counter

from prefect import flow, task

TEXTS = ["the cat and the dog", "a dog and a bird", "The End"]


@task
def words(text: str):
    return re.findall(r"\w+", text.lower())


@task
def count(items):
    return Counter(items)


@task
def merge(counts):
    return sum(counts, Counter())


@flow
def word_count(texts: list[str]) -> dict[str, int]:
    return merge(count.map(words.map(texts)))


print(sorted(word_count(TEXTS).items()))
