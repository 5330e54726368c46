from prefect import flow, task


@task
def fail():
    raise ValueError("one branch")


@task
def inc(x):
    return x + 1


@flow
def main():
    broken = fail.submit()
    dead = inc.submit(broken)
    alive = inc.submit(inc.submit(1))
    dead.wait()
    print(alive.result(), broken.state.name, dead.state.name, alive.state.name)
    return alive


print(main(return_state=True))
