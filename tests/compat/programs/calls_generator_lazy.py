from prefect import flow, task


@task
def numbers(n):
    print("begun")
    for i in range(n):
        print("yield", i)
        yield i
    print("over")


@flow
def main():
    generator = numbers(3)
    print("made")
    for n in generator:
        print("got", n)
        if n == 1:
            break
    generator.close()
    print("closed")


main()
