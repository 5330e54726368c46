from prefect import flow, task

calls = []


def by_parity(context, parameters):
    return f"parity-{parameters['x'] % 2}"


@task(cache_key_fn=by_parity)
def work(x, y=0):
    calls.append(x)
    return x


@task(cache_key_fn=lambda context, parameters: None)
def uncached(x):
    calls.append(x)
    return x


def by_name(context, parameters):
    return f"{context.task.name}-{sorted(parameters)}-{context.task_run.run_count >= 0}"


@task(cache_key_fn=by_name)
def named(x, y=2):
    calls.append(x)
    return x


@flow
def main():
    print([work(x) for x in (1, 2, 3, 4)], work(5, return_state=True), calls)
    calls.clear()
    print(uncached(1), uncached(1, return_state=True), calls)
    calls.clear()
    print(named(1), named(2), named(3, return_state=True), calls)


main()
main()
