from prefect import flow, task
from prefect.tasks import task_input_hash

calls = []


def by_parity(context, parameters):
    calls.append(("key", context.task.name, parameters))
    return f"parity-{parameters['x'] % 2}"


@task(cache_key_fn=by_parity, persist_result=True)
def work(x):
    calls.append(("work", x))
    return x


@task(cache_key_fn=task_input_hash, persist_result=True)
def hashed(items, scale=1):
    calls.append(("hashed", items))
    return [item * scale for item in items]


@task(cache_key_fn=lambda context, parameters: None, persist_result=True)
def never(x):
    calls.append(("never", x))


@flow
def main():
    print(work(1), work(3), work(2))
    print(hashed([1, 2]), hashed([1, 2], scale=1), hashed([1, 2], scale=2))
    never(1)
    never(1)
    for call in calls:
        print(call)


main()
