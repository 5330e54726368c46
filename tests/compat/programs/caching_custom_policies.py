from dataclasses import dataclass

from prefect import flow, task
from prefect.cache_policies import INPUTS, CachePolicy

calls = []


@dataclass
class ByName(CachePolicy):
    prefix: str = "p"

    def compute_key(self, task_ctx, inputs, flow_parameters, **kwargs):
        return f"{self.prefix}-{task_ctx.task.name}-{inputs['x'] // 10}"


@task(cache_policy=ByName("q"), persist_result=True)
def work(x):
    calls.append(x)
    return x


@task(cache_policy=ByName("r") + INPUTS, persist_result=True)
def both(x):
    calls.append(x)
    return x


@flow
def main():
    print(work(1), work(5), work(11))
    print(both(1), both(1), both(2))
    print(calls)


main()
