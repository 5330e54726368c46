from functools import partial

from prefect import flow, task

log = []


def broken(task, task_run, state):
    log.append("broken")
    raise RuntimeError("hook")


def extra(task, task_run, state, word):
    log.append(word)


class Hook:
    def __call__(self, task, task_run, state):
        log.append("object")


async def asynchronous(task, task_run, state):
    log.append("async")


def few(task):
    log.append("never")


@task(on_completion=[broken, few, partial(extra, word="partial"), Hook(), asynchronous, lambda *_: log.append("lambda")])
def work():
    return "result"


@flow
def main():
    print(work(), log)
    print(work(return_state=True))


main()
