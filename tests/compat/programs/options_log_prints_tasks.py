import logging

from prefect import flow, task

lines = []


class Keep(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith(("p ", "p")) and "print" in record.getMessage():
            lines.append((record.name.split(".")[-1], record.getMessage(), record.msg == record.getMessage()))


for name in ("flow_runs", "task_runs"):
    logging.getLogger("prefect." + name).addHandler(Keep())
    logging.getLogger("prefect." + name).setLevel(logging.INFO)


@task(log_prints=True)
def loud():
    print("print 100% of", {"a": 1})
    print()
    print("print a", "b", sep="\n")


@task
def plain():
    print("printed")


@flow
def main():
    loud()
    plain()


main()
for line in lines:
    print(line)
