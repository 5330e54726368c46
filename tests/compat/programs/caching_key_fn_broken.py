from prefect import flow, task

calls = []


def broken(context, parameters):
    raise RuntimeError("key")


@task(cache_key_fn=broken)
def work(x):
    calls.append(x)
    return x


@flow
def main():
    print(work(1, return_state=True), work(1, return_state=True), calls)


main()
