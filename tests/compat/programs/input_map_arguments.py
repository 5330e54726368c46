from prefect import flow, task


@task
def show(x, y=None):
    return x, y


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Endless:
    def __len__(self):
        return 2

    def __getitem__(self, index):
        if index > 1:
            raise IndexError(index)
        return f"item {index}"


class NotIterable:
    def __getitem__(self, index):
        raise ValueError("broken item")


@flow
def main():
    print(attempt(lambda: show.map(Endless()).result()))
    print(attempt(lambda: show.map(NotIterable())))
    print(attempt(lambda: show.map(None)).split(".")[0])
    print(attempt(lambda: show.map(5, y=range(2)).result()))


main()
