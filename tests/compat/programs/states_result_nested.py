from prefect.states import Completed, Failed


def attempt(state, **options):
    try:
        return repr(state.result(**options))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


inner = Failed(data=KeyError("inner"))
print(attempt(Failed(data=inner)))
print(attempt(Failed(data=[Completed(data=1), inner, Failed(data=ValueError("other"))])))
print(attempt(Failed(data=[Completed(data=1)])))
print(attempt(Failed(data=Failed(message="deep"))))
print(attempt(Failed(data=SystemExit(3)), raise_on_failure=False))
