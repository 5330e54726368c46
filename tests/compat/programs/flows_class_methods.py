from prefect import flow, task


class Lab:
    factor = 3

    def __init__(self, n):
        self.n = n

    @flow
    def run(self, x):
        return self.scale(x) + self.n

    @task
    def scale(self, x):
        return x * self.factor

    @staticmethod
    @flow
    def fixed(x):
        return x

    @classmethod
    @task
    def title(cls, x):
        return cls.__name__, x

    @flow(name="named")
    async def later(self):
        return self.n


lab = Lab(10)
print(lab.run(2), Lab(1).run(2))
print(Lab.fixed(3), lab.fixed(4), lab.title(1))
print(lab.run.name, lab.later.name, lab.scale.name)


@flow
def main():
    return lab.scale.submit(5).result(), lab.scale.map([1, 2]).result()


print(main())
