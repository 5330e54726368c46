from prefect import flow

log = []


def one(flow, run, state):
    log.append("one")


def two(flow, run, state):
    log.append("two")


@flow(on_completion=[one])
def main():
    return 1


changed = main.with_options(on_completion=[two])
main()
changed()
main.with_options(name="other")()
print(log)
