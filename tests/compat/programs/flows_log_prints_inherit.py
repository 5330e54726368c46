import logging

from prefect import flow, task

lines = []


class Keep(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("said"):
            lines.append((record.name, record.getMessage()))


logging.getLogger("prefect").addHandler(Keep())
logging.getLogger("prefect").setLevel(logging.INFO)


@task
def work(who):
    print("said by task of", who)


@flow
def inherits():
    print("said by a subflow")
    work("subflow")


@flow(log_prints=False)
def quiet():
    print("said aloud by a subflow")
    work("quiet")


@flow(log_prints=True)
def main():
    inherits()
    quiet()
    work.submit("main").wait()


main()
for line in lines:
    print(line)
