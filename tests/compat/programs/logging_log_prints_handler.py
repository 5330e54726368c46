import logging

from prefect import flow, task

records = []


class Keep(logging.Handler):
    def emit(self, record):
        text = record.getMessage()
        if text.startswith("said"):
            records.append((record.name, record.levelname, text))


for name in ("prefect.task_runs", "prefect.flow_runs"):
    logging.getLogger(name).addHandler(Keep())
    logging.getLogger(name).setLevel(logging.INFO)


@task(log_prints=True)
def loud(x):
    print("said", x, sep="-", end="!\n")
    return x


@task
def inherits():
    print("said by a task that inherits")


@task(log_prints=False)
def quiet():
    print("said aloud")


@flow(log_prints=True)
def main():
    print("said by the flow")
    loud(1)
    inherits()
    quiet()


main()
print("after")
for record in records:
    print(record)
