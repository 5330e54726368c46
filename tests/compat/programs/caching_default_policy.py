from prefect import flow, task
from prefect.cache_policies import DEFAULT

calls = []


@task(cache_policy=DEFAULT)
def work(x):
    calls.append(x)
    return x


@task(persist_result=True)
def kept(x):
    calls.append(x)
    return x


@flow
def main(run):
    first = run(1, return_state=True)
    second = run(1, return_state=True)
    third = run(2, return_state=True)
    print(first, second, third, len(calls))
    calls.clear()


main = main.with_options(validate_parameters=False)
for run in (work, kept):
    main(run)
    main(run)
print(work.persist_result, kept.persist_result)
