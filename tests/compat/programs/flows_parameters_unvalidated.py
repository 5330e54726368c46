from prefect import flow
from prefect.exceptions import ParameterBindError


@flow(validate_parameters=False)
def main(n: int, *args: int, key: str = 3, **more: float):
    return n, args, key, more


print(main("x"))
print(main("x", "y", key=1, other="z"))
print(main.should_validate_parameters)
try:
    main()
except ParameterBindError as error:
    print(type(error).__name__)
try:
    main(1, n=2)
except TypeError as error:
    print(type(error).__name__)
