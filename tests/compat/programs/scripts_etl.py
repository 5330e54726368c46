from collections import Counter

from prefect import flow, tags, task, unmapped
from prefect.cache_policies import INPUTS

SOURCES = {
    "north": ["a 1", "b 2", "broken", "a 3"],
    "south": ["c 4", "a 5"],
    "west": None,
}


@task(retries=1, task_run_name="extract {source}")
def extract(source):
    rows = SOURCES[source]
    if rows is None:
        raise ConnectionError(f"{source} does not answer")
    return rows


@task
def transform(rows, minimum):
    parsed = []
    for row in rows:
        name, _, number = row.partition(" ")
        if number and int(number) >= minimum:
            parsed.append((name, int(number)))
    return parsed


@task(cache_policy=INPUTS)
def load(rows):
    table = Counter()
    for name, number in rows:
        table[name] += number
    return dict(table)


@flow
def etl(minimum: int = 0):
    with tags("etl"):
        extracted = extract.map(SOURCES)
        transformed = transform.map(extracted, unmapped(minimum))
        loaded = load.map(transformed)
    loaded.wait()
    report = {}
    for source, rows, table in zip(SOURCES, extracted, loaded):
        report[source] = table.result() if table.state.is_completed() else f"{rows.state.name}, {table.state.name}"
    return report


for source, line in etl("2").items():
    print(source, line)
state = etl(minimum=5, return_state=True)
print(state, state.result()["south"])
