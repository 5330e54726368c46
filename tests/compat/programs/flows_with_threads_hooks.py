import threading

from prefect import flow, task

events = []
lock = threading.Lock()


def hook(flow, run, state):
    with lock:
        events.append((flow.name, state.name))


@flow(on_completion=[hook], on_failure=[hook])
def one(n):
    if n == 2:
        raise ValueError("two")
    return n


def call(n):
    one(n, return_state=True)


threads = [threading.Thread(target=call, args=(n,)) for n in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(events))
