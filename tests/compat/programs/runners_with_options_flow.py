from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner


@task
def inc(x):
    return x + 1


@flow
def main(x=1):
    return inc.submit(x).result(), inc.map([x, x]).result()


if __name__ == "__main__":
    print(type(main.task_runner).__name__ in ("ThreadPoolTaskRunner", "ProcessPoolTaskRunner"))
    print(main.with_options(task_runner=ThreadPoolTaskRunner(max_workers=2))(3))
    print(main.with_options(task_runner=ThreadPoolTaskRunner)(x=4))
    print(main.with_options(task_runner=ProcessPoolTaskRunner(max_workers=1))(5))
