from prefect import flow, task


@task(cache_key_fn=lambda context, parameters: "constant")
def first(x):
    return f"first {x}"


@task(cache_key_fn=lambda context, parameters: "constant")
def second(x):
    return f"second {x}"


@flow
def main():
    print(first(1), first(2), second(3), second(4, return_state=True))


main()
