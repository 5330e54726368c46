# The traceback leads to the user's line.
import traceback

from prefect import flow, task


@task
def fail():
    raise ValueError("here")


@flow
def main():
    try:
        fail()
    except ValueError as error:
        text = "".join(traceback.format_exception(error))
        print('raise ValueError("here")' in text, "in fail" in text)
    try:
        fail.submit().result()
    except ValueError as error:
        text = "".join(traceback.format_exception(error))
        print('raise ValueError("here")' in text, "in fail" in text)


main()
