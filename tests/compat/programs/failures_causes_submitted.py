from prefect import flow, task


@task
def plain():
    raise ValueError("plain")


@task
def caused():
    try:
        {}["x"]
    except KeyError as error:
        raise RuntimeError("outer") from error


@task
def in_context():
    try:
        {}["x"]
    except KeyError:
        raise RuntimeError("outer")


@task
def noted():
    error = ValueError("noted")
    error.add_note("a note")
    raise error


def causes(future):
    try:
        future.result()
    except Exception as error:
        return repr(error), repr(error.__cause__), repr(error.__context__), getattr(error, "__notes__", None)


@flow
def main():
    print(causes(caused.submit()))
    print(causes(in_context.submit())[0], causes(noted.submit())[0], causes(noted.submit())[3])
    print(causes(plain.submit())[0])
    return 1


main()
