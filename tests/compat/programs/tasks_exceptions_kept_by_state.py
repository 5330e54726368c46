from prefect import flow, task
from prefect.states import get_state_exception


class Own(Exception):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code


@task
def bad(code):
    raise Own(code)


@flow
def main():
    state = bad(7, return_state=True)
    error = get_state_exception(state)
    print(type(error).__name__, error.code, state.message, state.is_failed())
    future = bad.submit(8)
    future.wait()
    error = future.result(raise_on_failure=False)
    print(type(error).__name__, error.code, error.args)
    try:
        state.result()
    except Own as again:
        print(again.code)


main()
