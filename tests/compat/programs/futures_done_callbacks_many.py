import threading

from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    seen = []
    lock = threading.Lock()
    done = threading.Event()
    futures = inc.map(range(5))

    def note(future):
        with lock:
            seen.append(future)
            if len(seen) == 5:
                done.set()

    for future in futures:
        future.add_done_callback(note)
    futures.wait()
    print(done.wait(30), len(seen), set(seen) == set(futures))
    print(sorted(future.result() for future in seen))
    print(futures[0].add_done_callback(lambda future: print("late", future.result())))


main()
