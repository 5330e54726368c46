from dataclasses import dataclass

from prefect import flow, task
from prefect.runtime import task_run


@dataclass
class Dataset:
    name: str


@dataclass
class Model:
    kind: str
    depth: int = 2


@task(task_run_name="train {model.kind} on {dataset.name} with depth {model.depth:>4}")
def train(dataset, model):
    return task_run.name


@flow
def main():
    print(train(Dataset("digits"), Model("tree")))
    for name in train.map([Dataset("a"), Dataset("b")], model=Model("svm", 3)).result():
        print(name)


main()
