# Decorators in all their forms.
from prefect import Flow, Task, flow, task


@flow()
def a():
    return 1


@flow(name="b name")
def b():
    return 2


def c():
    return 3


c_flow = flow(c)
d_task = task(c)
e_task = Task(fn=c)
f_flow = Flow(fn=c, name="f")
g = flow(name="g", log_prints=False)
h = task(retries=1)


print(a(), b(), c_flow(), d_task(), e_task(), f_flow(), g(c)(), h(c)())
print([each.name for each in (a, b, c_flow, d_task, e_task, f_flow, g(c), h(c))])
print(isinstance(a, Flow), isinstance(d_task, Task))
lam = task(lambda x: x + 1)
print(lam.name, lam(1), flow(lambda: 5)(), flow(lambda: 5).name)
