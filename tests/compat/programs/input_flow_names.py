from prefect import flow


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}"


def some_function_name():
    pass


print(attempt(lambda: flow(some_function_name).name))
print(attempt(lambda: flow(some_function_name, name="With Spaces").name))
print(attempt(lambda: flow(some_function_name, name="a/b").name))
print(attempt(lambda: flow(some_function_name, name="100%").name))
print(attempt(lambda: flow(some_function_name, name="a&b").name))
print(attempt(lambda: flow(some_function_name, name="<a>").name))
print(attempt(lambda: flow(some_function_name, name="").name))
