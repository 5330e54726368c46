from prefect import flow, task, unmapped


@task
def extract(source):
    return list(range(source))


@task
def transform(row, factor):
    return row * factor


@task
def load(rows, name="table"):
    return f"{name}: {rows}"


@flow
def etl(sources: list[int], factor: int = 2):
    loaded = []
    for source in sources:
        rows = extract.submit(source)
        changed = transform.map(rows, unmapped(factor))
        loaded.append(load.submit(changed, name=f"t{source}"))
    return [future.result() for future in loaded]


for line in etl([2, 3]):
    print(line)
print(etl([1], factor=10))
