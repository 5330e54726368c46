from prefect import flow, task
from prefect.futures import PrefectConcurrentFuture, PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner


@task
def inc(x):
    return x + 1


@task(on_completion=[lambda *_: None])
def hooked(x):
    return x


def body():
    future = inc.submit(1)
    print(type(future).__name__, isinstance(future, PrefectConcurrentFuture), isinstance(future, PrefectFuture))
    print(type(hooked.submit(1)).__name__, type(inc.submit(future)).__name__)
    print({type(future).__name__ for future in inc.map([1, 2])})


flow(body)()
flow(body, task_runner=ThreadPoolTaskRunner(max_workers=2))()
