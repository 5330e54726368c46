from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

log = []


class Noting(ThreadPoolTaskRunner):
    def submit(self, task, parameters, wait_for=None, dependencies=None):
        log.append((task.name, sorted(parameters)))
        return super().submit(task, parameters, wait_for, dependencies)


@task
def inc(x):
    return x + 1


@flow(task_runner=Noting())
def main():
    print(inc.submit(1).result(), inc.map([1, 2]).result())


main()
print(log)
