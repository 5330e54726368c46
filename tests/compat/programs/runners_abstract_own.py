from concurrent.futures import Future

from prefect import flow, task
from prefect.futures import PrefectFuture
from prefect.states import Completed
from prefect.task_runners import TaskRunner


class Sequential(TaskRunner):
    def duplicate(self):
        return type(self)()

    def submit(self, task, parameters, wait_for=None, dependencies=None):
        print("running", task.name, sorted(parameters))
        state = task(**parameters, return_state=True, wait_for=wait_for)
        return Ended(state)


class Ended(PrefectFuture):
    def __init__(self, state):
        self._final_state = state

    @property
    def task_run_id(self):
        return self._final_state.state_details.task_run_id

    @property
    def state(self):
        return self._final_state

    def wait(self, timeout=None):
        pass

    def result(self, timeout=None, raise_on_failure=True):
        return self._final_state.result(raise_on_failure=raise_on_failure)

    def add_done_callback(self, fn):
        fn(self)


@task
def inc(x):
    return x + 1


@flow(task_runner=Sequential())
def main():
    one = inc.submit(1)
    return inc.submit(one).result(), inc.map([1, 2]).result()


print(main())
