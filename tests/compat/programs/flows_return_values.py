from prefect import flow, task
from prefect.states import Completed, State


@task
def fine(x=1):
    return x


@flow
def main(make):
    return make()


main = main.with_options(validate_parameters=False)


def show(value):
    if isinstance(value, State):
        return f"State {value}"
    if isinstance(value, (list, tuple)):
        return type(value)(show(item) for item in value)
    if isinstance(value, dict):
        return {key: show(item) for key, item in value.items()}
    return value


print(show(main(lambda: 5)), show(main(lambda: None)), show(main(lambda: "text")))
print(show(main(lambda: fine.submit(2))))
print(show(main(lambda: [fine.submit(2), fine.submit(3)])))
print(show(main(lambda: (fine.submit(2), 3))))
print(show(main(lambda: {"a": fine.submit(2)})))
print(show(main(lambda: Completed(data=9))))
print(show(main(lambda: fine(4, return_state=True))))
print(show(main(lambda: [fine(4, return_state=True), 5])))
