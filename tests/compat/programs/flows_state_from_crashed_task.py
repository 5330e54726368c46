from prefect import flow, task


@task
def leave():
    raise SystemExit(1)


@task
def inc(x):
    return x + 1


@flow
def main():
    try:
        leave()
    except SystemExit as error:
        print("caught", error.code)
    return inc(1)


print(main(return_state=True))
