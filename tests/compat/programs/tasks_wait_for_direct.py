from prefect import flow, task

order = []


@task
def step(n):
    order.append(n)
    return n


@flow
def main():
    a = step.submit(1)
    b = step(2, wait_for=[a])
    c = step(3, wait_for=a)
    d = step(4, wait_for=[b, None, "text", a.state])
    print(b, c, d, order[-3:])


main()
