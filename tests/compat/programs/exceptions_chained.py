from prefect import flow, task


class Inner(Exception):
    pass


@task
def chained():
    try:
        raise Inner("inner")
    except Inner as error:
        raise ValueError("outer") from error


@task
def grouped():
    raise ExceptionGroup("several", [ValueError("a"), KeyError("b")])


@flow
def main():
    try:
        chained()
    except ValueError as error:
        print(repr(error), repr(error.__cause__))
    try:
        grouped()
    except ExceptionGroup as error:
        print(error.message, [repr(each) for each in error.exceptions])
    print(chained(return_state=True).message)
    print(grouped(return_state=True).message)


main()
