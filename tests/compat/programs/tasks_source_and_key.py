from prefect import task


@task
def one(x):
    return x


def make(n):
    @task
    def inner():
        return n

    return inner


print(one.task_key.startswith("one-"), make(1).task_key == make(1).task_key, one.task_key != make(1).task_key)
print(one.source_code if hasattr(one, "nothing") else "-", one.fn(3))
