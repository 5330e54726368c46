from prefect import flow, task


@task(task_run_name="{missing}")
def missing(x):
    return x


@task(task_run_name=lambda: 5)
def number(x):
    return x


@flow
def main():
    for each in (missing, number):
        try:
            print(each(1))
        except Exception as error:
            print(type(error).__name__, str(error).split("<")[0])
        try:
            each(2, return_state=True)
        except Exception as error:
            print(type(error).__name__)


main()
