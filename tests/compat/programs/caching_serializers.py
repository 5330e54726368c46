from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


def make(serializer):
    @task(cache_policy=INPUTS, persist_result=True, result_serializer=serializer, name=f"with {serializer}")
    def work(x):
        calls.append(serializer)
        return {"x": x}

    return work


@flow
def main():
    for serializer in ("pickle", "json", "compressed/pickle", "compressed/json"):
        work = make(serializer)
        print(serializer, work(serializer), work(serializer), work.result_serializer)
    print(calls)


main()
