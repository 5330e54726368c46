# Without log_prints, what direct calls print goes to stdout in order.
from prefect import flow, task


@task
def say(x):
    print("task", x)


@flow
def main():
    print("before")
    say(1)
    say.submit(2).wait()
    print("after")


main()
