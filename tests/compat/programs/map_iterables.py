from prefect import flow, task


class Sequence:
    def __getitem__(self, index):
        if index >= 3:
            raise IndexError
        return index * 100

    def __len__(self):
        return 3


class Once:
    def __iter__(self):
        return iter("xyz")


@task
def show(x):
    return x


@flow
def main():
    print(show.map(i * i for i in range(4)).result())
    print(show.map(Sequence()).result())
    print(show.map(Once()).result())
    print(show.map({"a": 1, "b": 2}).result())
    print(show.map({"a": 1, "b": 2}.items()).result())
    print(show.map(range(2, 8, 2)).result())
    print(sorted(show.map({3, 1, 2}).result()))
    print(show.map(frozenset([5])).result())
    print(show.map(map(str, [1, 2])).result())
    print(show.map(zip("ab", [1, 2])).result())
    print(show.map(bytearray(b"ab")).result())
    print(show.map(enumerate("pq")).result())


main()
