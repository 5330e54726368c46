from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def fail():
    raise ValueError("no")


@flow
def main():
    one = inc.submit(1)
    print(inc(1, wait_for=one), inc(1, wait_for=[one]), inc(1, wait_for=(one,)), inc(1, wait_for={"k": one}))
    print(inc.submit(1, wait_for=one).result(), inc.submit(1, wait_for=[[one]]).result())
    print(inc.map([1], wait_for=one).result(), inc.map([1], wait_for=inc.map([1])).result())
    print(inc(1, wait_for=[inc(1, return_state=True)]))
    print(inc(1, wait_for=["text", 5, None]), inc.submit(1, wait_for="text").result())
    broken = fail(return_state=True)
    print(inc(1, wait_for=[broken], return_state=True).name, inc.submit(1, wait_for=[broken], return_state=True).name)
    print([state.name for state in inc.map([1, 2], wait_for=[broken], return_state=True)])
    return 1


main()
