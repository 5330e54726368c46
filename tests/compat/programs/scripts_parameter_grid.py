import itertools

from prefect import flow, task
from prefect.futures import wait


@task(task_run_name="fit {rate} {depth}", retries=1)
def fit(rate, depth):
    if rate > 1:
        raise ValueError(f"rate {rate}")
    return {"rate": rate, "depth": depth, "score": rate * depth}


@flow
def grid(rates: list[float], depths: list[int]):
    pairs = list(itertools.product(rates, depths))
    futures = fit.map([rate for rate, _ in pairs], [depth for _, depth in pairs])
    done, _ = wait(futures)
    good = [future.result() for future in futures if future.state.is_completed()]
    bad = [future.state.message for future in futures if future.state.is_failed()]
    best = max(good, key=lambda result: result["score"])
    return len(done), best, bad


print(grid([0.5, 1.0, 2.0], [1, 2]))
