from prefect import flow


class Model:
    scale = 3

    def __init__(self, base):
        self.base = base

    @flow
    def predict(self, x: int):
        return self.base + x

    @classmethod
    @flow
    def scaled(cls, x: int):
        return cls.scale * x

    @staticmethod
    @flow
    def negated(x: int):
        return -x


model = Model(100)
print(model.predict("1"), Model(200).predict(x=2), model.predict(5, return_state=True))
print(Model.scaled("4"), model.scaled(5), Model.negated("6"), model.negated(7))
