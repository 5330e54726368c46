import unittest.mock as mock

from prefect import flow, task

VALUE = 1


def helper():
    return "real"


class Kind:
    attribute = 1

    def method(self):
        return "method"


@task
def use():
    return helper(), VALUE, Kind.attribute, Kind().method()


@flow
def main():
    global VALUE, helper
    print(use.submit().result())
    VALUE = [2]
    Kind.attribute = 5
    print(use.submit().result())
    VALUE.append(3)
    Kind.method = lambda self: "assigned"
    print(use.submit().result())
    with mock.patch("__main__.helper", lambda: "mocked"):
        print(use.submit().result(), use())
    print(use.submit().result())
    with mock.patch.object(Kind, "method", lambda self: "mocked method"):
        print(use.submit().result())
    print(use.submit().result())
    with mock.patch.object(Kind, "extra", 7, create=True):
        print(use.submit().result())
    before = helper
    helper = lambda: "replaced"
    print(use.submit().result())
    helper = before
    helper.__code__ = (lambda: "other code").__code__
    print(use.submit().result())
    del Kind.attribute
    try:
        use.submit().result()
    except AttributeError as error:
        print(error)


main()
