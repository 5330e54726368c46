from prefect import flow, task
from prefect.testing.utilities import prefect_test_harness


@task
def add(x, y):
    return x + y


@flow
def main():
    return add.submit(1, 2).result()


def test_main():
    with prefect_test_harness():
        assert main() == 3
        assert add.fn(1, 2) == 3
    print("passed")


test_main()
