from prefect import flow, task
from prefect.states import Completed


@task
def show(x):
    return x


@flow
def main():
    print(show(Completed(data=5)))
    print(show([Completed(data=1), 2]))
    print(show({"a": Completed(data=3)}))
    good = show(1, return_state=True)
    print(show(good), show.submit(good).result())


main()
