import threading
import time

from prefect import flow, task


@task
def slow(x):
    time.sleep(0.3)
    return x


@task
def fail():
    raise ValueError("b")


@flow
def main():
    called = []
    ready = threading.Event()
    future = slow.submit(5)

    def note(done):
        called.append(("first", done is future))

    def last(done):
        called.append(("last", done is future))
        ready.set()

    future.add_done_callback(note)
    future.add_done_callback(last)
    future.wait()
    ready.wait(20)
    print(called)
    future.add_done_callback(lambda done: called.append(("after", done.result())))
    print(called[-1])
    broken = fail.submit()
    broken.wait()
    broken.add_done_callback(lambda done: print("failed", done.state.is_failed()))


main()
