from prefect import flow, task


class Account:
    rate = 2

    def __init__(self, balance):
        self.balance = balance

    @task
    def plus(self, amount):
        return self.balance + amount

    @classmethod
    @task
    def rated(cls, amount):
        return cls.rate * amount

    @task
    @classmethod
    def rated_too(cls, amount):
        return cls.rate * amount + 1

    @staticmethod
    @task
    def negated(amount):
        return -amount

    @task
    @staticmethod
    def negated_too(amount):
        return -amount - 1

    @flow
    def run(self, amount):
        return self.plus(amount), self.plus.submit(amount).result()


account = Account(100)


@flow
def main():
    print(account.plus(1), account.plus.submit(2).result(), account.plus(amount=3))
    print(account.rated(4), Account.rated(5), account.rated.submit(6).result())
    print(account.rated_too(4), Account.rated_too(5))
    print(account.negated(7), Account.negated(8), Account.negated.submit(9).result())
    print(Account.negated_too(8))
    print(account.plus.map([1, 2, 3]).result())
    print(Account(5).plus(1), Account(6).plus(1))


main()
print(account.run(10))
