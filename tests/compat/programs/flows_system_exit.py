import sys

from prefect import flow, task

events = []


@task(on_failure=[lambda t, r, s: events.append("failure")])
def leaves():
    sys.exit(3)


@flow(on_crashed=[lambda f, r, s: events.append((s.name, s.message))])
def main():
    leaves()


try:
    main()
except SystemExit as error:
    print("SystemExit", error.code)
print(events)
