import logging

from prefect import flow, task

records = []


class Keep(logging.Handler):
    def emit(self, record):
        if "ook" in record.getMessage():
            records.append((record.name, record.levelname, record.getMessage()))


for name in ("prefect.task_runs", "prefect.flow_runs"):
    logging.getLogger(name).addHandler(Keep())
    logging.getLogger(name).setLevel(logging.INFO)


def good(owner, run, state):
    pass


def bad(owner, run, state):
    raise RuntimeError("in the hook")


@task(on_completion=[good, bad])
def work():
    pass


@flow(on_completion=[bad, good])
def main():
    work()


main()
for record in records:
    print(record)
