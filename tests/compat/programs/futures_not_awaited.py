# Runs that nobody waits for end before their flow does, if they are returned.
import time

from prefect import flow, task


@task
def slow(x):
    time.sleep(0.3)
    return x


@flow
def main():
    return [slow.submit(i) for i in range(3)]


states = main()
print([str(state) for state in states], [state.result() for state in states])
