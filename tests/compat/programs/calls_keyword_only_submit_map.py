from prefect import flow, task, unmapped


@task
def fit(*, data, rate=0.1, **options):
    return data, rate, sorted(options.items())


@flow
def main():
    print(fit(data=1), fit.submit(data=2, rate=3, depth=4).result())
    print(fit.map(data=[1, 2]).result())
    print(fit.map(data=unmapped([1, 2]), rate=[0.1, 0.2], depth=5).result())
    print(fit.map(data=[1], names=unmapped(["a"])).result())


main()
