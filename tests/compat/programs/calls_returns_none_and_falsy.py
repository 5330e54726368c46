from prefect import flow, task


@task
def give(x):
    return x


@flow
def main():
    for value in (None, 0, "", [], {}, False, 0.0, (), set()):
        future = give.submit(value)
        print(repr(future.result()), repr(give(value)), future.state)
    print(give.map([None, 0, ""]).result())
    print(give.map([None, False]).result(raise_on_failure=False))


print(main(), main(return_state=True).result())
