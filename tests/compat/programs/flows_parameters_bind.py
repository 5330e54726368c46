from prefect import flow


@flow
def main(a, b=2, *, c=3):
    return a, b, c


def attempt(*args, **kwargs):
    try:
        print(main(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, isinstance(error, TypeError), error)


attempt(1)
attempt(1, 2, c=4)
attempt()
attempt(1, 2, 3)
attempt(1, d=4)
attempt(1, a=4)
