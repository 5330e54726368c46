from prefect import flow
from prefect.exceptions import InvalidNameError

for name in ("a/b", "a%b", "a&b", "a>b", "a<b"):
    try:
        print(flow(name=name)(lambda: None).name)
    except InvalidNameError as error:
        print(type(error).__name__, error)
try:
    flow(name=3)(lambda: None)
except TypeError as error:
    print(type(error).__name__, error)
try:
    flow(5)
except TypeError as error:
    print(type(error).__name__)
