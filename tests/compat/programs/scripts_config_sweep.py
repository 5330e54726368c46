from itertools import product

from pydantic import BaseModel

from prefect import flow, task, unmapped


class Config(BaseModel):
    rate: float
    depth: int


@task(task_run_name="train at {config.rate}")
def train(config, data):
    if config.depth == 3 and config.rate > 0.5:
        raise ValueError(f"diverged at {config.rate}")
    return sum(data) * config.rate / config.depth


@flow(flow_run_name="sweep of {rates}")
def sweep(rates: list[float], depths: list[int]):
    configs = [Config(rate=rate, depth=depth) for rate, depth in product(rates, depths)]
    futures = train.map(configs, unmapped([1, 2, 3]))
    futures.wait()
    best = max((future.result(), config.rate, config.depth) for future, config in zip(futures, configs) if future.state.is_completed())
    failed = [future.state.message for future in futures if future.state.is_failed()]
    return best, failed


print(sweep(["0.1", 1], [1, "3"]))
