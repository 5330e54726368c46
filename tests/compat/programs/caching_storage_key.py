from prefect import flow, task

calls = []


@task(result_storage_key="fixed-{parameters[x]}")
def work(x, y=0):
    calls.append(x)
    return len(calls)


@flow
def main():
    print(work(1), work(1, y=5), work(2), work(1, return_state=True), calls)


main()
