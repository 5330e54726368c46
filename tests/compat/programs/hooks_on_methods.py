from prefect import flow, task


class Watcher:
    def __init__(self):
        self.seen = []

    def done(self, owner, run, state):
        self.seen.append((owner.name, state.name))


watcher = Watcher()


class Lab:
    @task(on_completion=[watcher.done])
    def step(self, x):
        return x + 1

    @flow(on_completion=[watcher.done])
    def run(self):
        return self.step(1)


print(Lab().run(), watcher.seen)
