from prefect import flow, task


class Model:
    factor = 3

    def __init__(self, bias):
        self.bias = bias

    @task
    def predict(self, x):
        return x * self.factor + self.bias

    @staticmethod
    @task
    def static(x):
        return x + 1

    @task
    @staticmethod
    def other_static(x):
        return x + 2

    @classmethod
    def plain(cls):
        return cls.factor


@flow
def main():
    model = Model(1)
    print(model.predict(2), model.predict.submit(3).result(), model.predict.map([1, 2]).result())
    print(Model.static(1), model.static.submit(2).result(), Model.other_static(1))
    print(Model.predict.name, Model.plain())


main()
