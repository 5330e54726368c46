from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def numbers(n):
    for i in range(n):
        yield inc(i)


@flow
def main():
    return list(numbers(3)), sum(numbers(4))


print(list(numbers(3)))
for number in numbers(2):
    print("got", number)
print(main())
generator = numbers(5)
print(next(generator), next(generator))
generator.close()
print(numbers.isgenerator)
