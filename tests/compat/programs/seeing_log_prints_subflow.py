import logging
import sys

from prefect import flow

ROOT = flow.__module__.split(".")[0]


class Show(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("say"):
            sys.stdout.write(f"[{record.flow_name}] {record.getMessage()}\n")


logging.getLogger(f"{ROOT}.flow_runs").addHandler(Show())
logging.getLogger(f"{ROOT}.flow_runs").setLevel(logging.INFO)


@flow
def inherits():
    print("say inherits")


@flow(log_prints=False)
def refuses():
    print("say refuses")


@flow(log_prints=True)
def main():
    print("say main")
    inherits()
    refuses()


main()
inherits()
