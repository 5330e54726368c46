from dataclasses import dataclass

from prefect import flow, task
from prefect.cache_policies import CachePolicy, TASK_SOURCE

calls = []


@dataclass
class ByFirstLetter(CachePolicy):
    def compute_key(self, task_ctx, inputs, flow_parameters, **kwargs):
        return f"letter-{inputs['word'][0]}-{task_ctx.task.name}-{sorted(flow_parameters)}"


@task(cache_policy=ByFirstLetter())
def work(word):
    calls.append(word)
    return word.upper()


@task(cache_policy=ByFirstLetter() + TASK_SOURCE)
def both(word):
    calls.append(word)
    return word.upper()


@flow
def main(p=1):
    print([work(word) for word in ("apple", "avocado", "banana")], calls)
    print([both(word) for word in ("apple", "avocado", "banana")], calls)


main()
