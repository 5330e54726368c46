from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


class Labelled(ThreadPoolTaskRunner):
    def __init__(self, label="none", max_workers=None):
        super().__init__(max_workers=max_workers)
        self.label = label

    def duplicate(self):
        print("duplicated", self.label)
        return type(self)(self.label, self._max_workers if hasattr(self, "_max_workers") else None)

    def __enter__(self):
        print("entered", self.label)
        return super().__enter__()

    def __exit__(self, *args):
        print("left", self.label, args[0])
        return super().__exit__(*args)


@task
def inc(x):
    return x + 1


@flow(task_runner=Labelled("mine", max_workers=2))
def main():
    return inc.submit(1).result()


print(main())
