from prefect import flow
from prefect.exceptions import ParameterTypeError


@flow
def main(a: int, *args: int, b: float = 1.5, **more: str):
    return a, args, b, more


print(main("1"))
print(main(1, 2, 3, b="2.5", x="y"))
for call in (lambda: main(1, "z", b="no"), lambda: main("no")):
    try:
        print(call())
    except ParameterTypeError as error:
        print(type(error).__name__)
