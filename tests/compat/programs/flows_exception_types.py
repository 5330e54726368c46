from prefect import flow


class Own(Exception):
    def __init__(self, code, text):
        super().__init__(code, text)
        self.code = code


@flow
def fails(error):
    raise error


for error in (ValueError("x"), KeyError("k"), Own(3, "own"), AssertionError(), ZeroDivisionError("z"), LookupError()):
    state = fails(error, return_state=True)
    print(state.name, repr(state.message))
    try:
        fails(error)
    except Exception as raised:
        print(type(raised).__name__, raised.args, raised is error)
