from prefect import flow, task
from prefect.states import Completed, Failed


@task
def same(x):
    return x


@flow
def main():
    print(same.submit(Completed(data=[1, 2])).result(), same(Completed(data={"a": 1})))
    print(same.submit([Completed(data=1), Completed(data=2)]).result())
    print(same.submit(Failed(message="f"), return_state=True).name, same(Failed(data=ValueError("x")), return_state=True).name)
    print(same.map([Completed(data=1), 2]).result(), same.map(Completed(data=[3, 4])).result())


main()
