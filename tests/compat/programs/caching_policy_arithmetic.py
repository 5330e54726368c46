from prefect import flow, task
from prefect.cache_policies import DEFAULT, INPUTS, NO_CACHE, RUN_ID, TASK_SOURCE

calls = []


def count(policy, *argument_sets):
    @task(cache_policy=policy)
    def work(x, y=0):
        calls.append((x, y))
        return x

    names = [work(*arguments, return_state=True).name for arguments in argument_sets]
    made = len(calls)
    calls.clear()
    return names, made


@flow
def main():
    print(count(INPUTS - "y", (1, 1), (1, 2), (2, 1)))
    print(count(INPUTS - "x" - "y", (11, 1), (12, 2)))
    print(count(INPUTS + RUN_ID, (21, 1), (21, 1)))
    print(count(INPUTS + TASK_SOURCE - "y", (31, 1), (31, 2)))
    print(count(DEFAULT - "x", (41, 1), (42, 1), (43, 2)))
    print(count(INPUTS + NO_CACHE, (51, 1), (51, 1)))
    print(count(NO_CACHE + INPUTS, (61, 1), (61, 1)))
    print(count(NO_CACHE, (71, 1), (71, 1)))
    print(count(TASK_SOURCE - "x", (81, 1), (82, 1)))
    print(count(INPUTS - "unknown", (91, 1), (91, 1)))


main()
for bad in (lambda: INPUTS - 5, lambda: DEFAULT - None):
    try:
        bad()
    except TypeError as error:
        print(error)
