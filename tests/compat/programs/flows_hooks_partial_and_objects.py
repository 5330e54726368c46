from functools import partial

from prefect import flow


def say(prefix, flow, run, state):
    print(prefix, flow.name, state.name)


class Hook:
    def __call__(self, flow, run, state):
        print("object", flow.name, state.name)

    def method(self, flow, run, state):
        print("method", state.name)


@flow(on_completion=[partial(say, "partial"), Hook(), Hook().method, lambda f, r, s: print("lambda", s.name)])
def main():
    return 1


print(main())
print(len(main.on_completion_hooks))
