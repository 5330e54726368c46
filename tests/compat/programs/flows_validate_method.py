from prefect import flow
from prefect.exceptions import ParameterTypeError


@flow
def main(n: int, names: list[str] = ["a"]):
    return n


print(main.validate_parameters({"n": "5", "names": ["b"]}))
try:
    main.validate_parameters({"n": "x"})
except ParameterTypeError as error:
    print(error)
