from prefect.states import Cancelled, Completed, Crashed, Failed, Paused, Pending, Running, Scheduled


def attempt(state, **options):
    try:
        return repr(state.result(**options))
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


for state in (Pending(), Running(), Scheduled(), Paused()):
    print(state.name, attempt(state), "|", attempt(state, raise_on_failure=False))
print(attempt(Completed(data=1)), attempt(Completed(data="text")), attempt(Completed(data=False)))
print(attempt(Completed()))
for make in (Failed, Crashed, Cancelled):
    for options in ({}, {"message": "why"}, {"data": "text"}, {"data": ValueError("own")}, {"data": 5}):
        state = make(**options)
        print(make.__name__, sorted(options), attempt(state), "|", attempt(state, raise_on_failure=False))
