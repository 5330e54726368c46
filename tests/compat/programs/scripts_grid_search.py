from dataclasses import dataclass
from itertools import product

from prefect import flow, task, unmapped
from prefect.futures import as_completed


@dataclass(frozen=True)
class Setting:
    depth: int
    rate: float


@task(task_run_name="fit {setting.depth} {setting.rate}")
def fit(setting, data):
    if setting.depth == 3 and setting.rate > 0.1:
        raise FloatingPointError("diverged")
    return sum(data) * setting.rate / setting.depth


@task
def best(scores):
    return max(scores, key=scores.get)


@flow
def search():
    settings = [Setting(depth, rate) for depth, rate in product([1, 2, 3], [0.1, 0.2])]
    futures = fit.map(settings, data=unmapped([1.0, 2.0, 3.0]))
    by_future = dict(zip(futures, settings))
    scores, failed = {}, []
    for future in as_completed(futures):
        future.wait()
        if future.state.is_completed():
            scores[by_future[future]] = round(future.result(), 3)
        else:
            failed.append((by_future[future], future.state.message))
    print(sorted(scores.items(), key=lambda item: (item[0].depth, item[0].rate)))
    print(failed)
    return best.submit(scores).result()


print(search())
