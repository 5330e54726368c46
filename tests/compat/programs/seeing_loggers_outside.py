from prefect import get_run_logger
from prefect.exceptions import MissingContextError
from prefect.logging import get_logger

try:
    get_run_logger()
except MissingContextError as error:
    print(type(error).__name__, isinstance(error, RuntimeError), error)
print(get_logger("mine").name, get_logger().name)
