from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


class Counting(ThreadPoolTaskRunner):
    submitted = []

    def submit(self, task, parameters, wait_for=None, dependencies=None):
        self.submitted.append((task.name, dict(parameters), wait_for))
        return super().submit(task=task, parameters=parameters, wait_for=wait_for, dependencies=dependencies)


@task
def inc(x, by=1):
    return x + by


@flow(task_runner=Counting(max_workers=2))
def main():
    print(inc.submit(1).result(), inc.submit(1, by=5).result())
    print(inc.map([1, 2]).result())
    return inc(7)


print(main())
print(Counting.submitted)
