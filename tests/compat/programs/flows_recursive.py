from prefect import flow


@flow
def down(n):
    return [n] + (down(n - 1) if n else [])


print(down(3))
