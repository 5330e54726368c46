import time

from prefect import flow


@flow(timeout_seconds=0.3)
def child():
    for _ in range(200):
        time.sleep(0.05)


@flow
def main():
    state = child(return_state=True)
    print(state)
    try:
        child()
    except TimeoutError:
        print("timed out")
    return "parent goes on"


print(main())
