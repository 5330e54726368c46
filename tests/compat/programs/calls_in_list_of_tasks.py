from prefect import flow, task


@task
def add(x):
    return x + 1


@task
def double(x):
    return x * 2


STEPS = [add, double, add]


@flow
def pipeline(x, steps=("add",)):
    for step in STEPS:
        x = step.submit(x)
    return x.result()


@flow
def main():
    print(pipeline(1), [step(3) for step in STEPS], {step.name: step.submit(4).result() for step in STEPS})
    value = 5
    for step in STEPS:
        value = step(value)
    print(value, sum(step.map([1, 2]).result()[0] for step in STEPS))


main()
