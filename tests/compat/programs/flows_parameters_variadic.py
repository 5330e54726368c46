from prefect import flow


@flow
def main(a: int, *args: int, flag: bool = False, **kwargs: float):
    return a, args, flag, sorted(kwargs.items())


print(main("1"), main(1, "2", 3), main(1, flag="true", x="1.5", y=2))
try:
    main(1, "two")
except Exception as error:
    print(type(error).__name__, error)
