# A method called directly changes its own object.
from prefect import flow, task


class Counter:
    def __init__(self):
        self.count = 0

    @task
    def up(self, by=1):
        self.count += by
        return self.count


@flow
def main():
    first, second = Counter(), Counter()
    first.up()
    first.up(5)
    second.up()
    print(first.count, second.count)
    return first.up(return_state=True).result()


print(main())
