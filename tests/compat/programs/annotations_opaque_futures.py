from prefect import flow, task
from prefect.futures import PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.utilities.annotations import opaque, quote


@task
def inc(x):
    return x + 1


@task
def look(x):
    return type(x).__name__, isinstance(x, PrefectFuture) or [isinstance(item, PrefectFuture) for item in x] if isinstance(x, list) else str(x)[:4].replace('<pre', 'Pref')


@flow(task_runner=ThreadPoolTaskRunner(max_workers=4))
def main():
    a = inc.submit(1)
    a.wait()
    print("opaque", look(opaque(a)), look.submit(opaque(a)).result())
    print("opaque list", look(opaque([a])), look.submit(opaque([a])).result())
    print("quote", look(quote(a)), look.submit(quote(a)).result())
    print("quote list", look(quote([a])), look.submit(quote([a])).result())
    state = inc(1, return_state=True)
    print("opaque state", look(opaque(state)), look.submit(opaque(state)).result())
    print("opaque list of states", look(opaque([state]))[0], look.submit(opaque([state])).result()[0])
    print("quote state", look(quote(state)), look.submit(quote(state)).result())
    print(issubclass(opaque, quote))


main()
