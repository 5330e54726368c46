from functools import partial

from prefect import flow

log = []


def broken(flow, flow_run, state):
    log.append("broken")
    raise RuntimeError("hook")


def extra(flow, flow_run, state, word):
    log.append(word)


class Hook:
    def __call__(self, flow, flow_run, state):
        log.append("object")


async def asynchronous(flow, flow_run, state):
    log.append("async")


@flow(on_completion=[broken, partial(extra, word="partial"), Hook(), asynchronous, lambda f, r, s: log.append("lambda")])
def main():
    return "result"


print(main(), log)
print(main(return_state=True))
