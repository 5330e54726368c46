from prefect import flow, task
from prefect.runtime import flow_run, task_run


@flow(flow_run_name="{name}-on-{day:>5}-{items[0]}-{config.rate}")
def one(name, day, items, config):
    return flow_run.name


class Config:
    rate = 0.5


def namer():
    return f"{flow_run.flow_name}-with-{flow_run.parameters['x']}"


@flow(flow_run_name=namer)
def two(x):
    return flow_run.name


print(one("n", "mon", [1, 2], Config()))
print(two(3))
print(one.with_options(flow_run_name="fixed")("a", "b", [0], Config()))


@task(task_run_name=lambda: f"{task_run.task_name}:{task_run.parameters['k']}")
def work(k):
    return task_run.name


@flow
def main():
    print(work(1), work.submit(2).result())


main()
