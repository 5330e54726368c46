import re

from prefect import flow, task
from prefect.runtime import flow_run, task_run
from prefect.utilities.names import generate_slug


@task
def work():
    return task_run.name, task_run.id


@flow
def main():
    name, key = work()
    print(re.fullmatch("work-[0-9a-f]{3}", name) is not None)
    name, key = work.submit().result()
    print(re.fullmatch("work-[0-9a-f]{1,3}", name) is not None)
    print(re.fullmatch("[a-z]+-[a-z]+", flow_run.name) is not None)


main()
print(re.fullmatch("[a-z]+-[a-z]+", generate_slug(2)) is not None)
