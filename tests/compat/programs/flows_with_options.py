from prefect import flow


@flow(name="plain", retries=1, description="words", timeout_seconds=5)
def main(x: int):
    return x


changed = main.with_options(name="renamed", retries=4, timeout_seconds=9, description="others", validate_parameters=False)
print(main.name, main.retries, main.timeout_seconds, main.description, main.should_validate_parameters)
print(changed.name, changed.retries, changed.timeout_seconds, changed.description, changed.should_validate_parameters)
print(main("3"), changed("3"), changed.fn is main.fn)
same = main.with_options()
print(same.name, same.retries, same.timeout_seconds)
