from prefect import flow, task
from prefect.runtime import flow_run


class Odd:
    def __repr__(self):
        return "Odd"

    def __eq__(self, other):
        raise RuntimeError("do not compare")


@task
def look():
    return sorted(flow_run.parameters)


@flow
def main(odd, text, number, fn, nested):
    print(flow_run.parameters["odd"], len(flow_run.parameters["text"]), number, fn(2), nested)
    return look()


print(main(Odd(), "x" * 100000, 10**30, lambda x: x * 2, {"a": [{"b": (1, 2)}]}))
