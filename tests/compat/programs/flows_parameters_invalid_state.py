from prefect import flow

events = []


@flow(on_failure=[lambda flow, run, state: events.append(state.message)])
def main(n: int):
    return n


state = main("x", return_state=True)
print(state.name, state.type.value)
print(state.message)
try:
    state.result()
except Exception as error:
    print(type(error).__name__, error)
print(events == [state.message])
