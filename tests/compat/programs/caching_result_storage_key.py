import os

from prefect import flow, task

calls = []


@task(persist_result=True, result_storage_key="fixed-name")
def fixed(x):
    calls.append(x)
    return x


@task(persist_result=True, result_storage_key="by-{parameters[x]}-{task_run.task_name}" if False else "by-{parameters[x]}")
def named(x):
    calls.append(x)
    return x


@flow
def main():
    print(fixed(1), fixed(2), named(3), named(3), named(4))
    print(calls)


main()
