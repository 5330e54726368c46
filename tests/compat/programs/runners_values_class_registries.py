import abc
import dataclasses
import enum

from prefect import flow, task


class Meta(type):
    made = []

    def __new__(cls, name, bases, namespace):
        made = super().__new__(cls, name, bases, namespace)
        cls.made.append(name)
        return made


class Plugin:
    registry = {}

    def __init_subclass__(cls, **options):
        Plugin.registry[cls.__name__] = cls


class Csv(Plugin):
    suffix = ".csv"

    def __init__(self, path="a"):
        self.path = path + self.suffix


class Special(metaclass=Meta):
    value = 1


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...


@Shape.register
class Foreign:
    pass


@dataclasses.dataclass(order=True)
class Square(Shape):
    side: float

    def area(self):
        return self.side**2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Right(enum.Flag):
    READ = 1
    WRITE = 2


@task
def make(name):
    return {"csv": Csv, "special": Special, "square": lambda: Square(2), "foreign": Foreign}[name]()


@task
def same(value):
    return value


@flow
def main():
    for _ in range(2):
        made = [make.submit(name).result() for name in ("csv", "special", "square", "foreign")]
        print([type(one) is kind for one, kind in zip(made, (Csv, Special, Square, Foreign), strict=True)])
        print(made[0].path, made[1].value, made[2].area(), made[2] > Square(1), isinstance(made[3], Shape))
    print(sorted(Plugin.registry), Plugin.registry["Csv"] is Csv, Plugin.registry["Csv"].suffix, Meta.made)
    print([cls.__name__ for cls in Plugin.__subclasses__()], [cls.__name__ for cls in Shape.__subclasses__()])
    print(same.submit(Level.HIGH).result() is Level.HIGH, same.submit(Right.READ | Right.WRITE).result())
    print(same.submit([Csv, Level]).result() == [Csv, Level], same.submit(Plugin.registry["Csv"]).result() is Csv)


main()
