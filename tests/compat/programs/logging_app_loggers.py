# Loggers of the program's own, in tasks and flows.
import logging

from prefect import flow, task

records = []


class Keep(logging.Handler):
    def emit(self, record):
        records.append((record.name, record.levelname, record.getMessage()))


app = logging.getLogger("app")
app.setLevel(logging.INFO)
app.addHandler(Keep())
app.propagate = False


@task
def work(x):
    logging.getLogger("app.tasks").info("task %s", x)
    app.debug("hidden")


@flow
def main():
    app.info("flow")
    work(1)
    work.submit(2).result()


main()
for record in records:
    print(record)
