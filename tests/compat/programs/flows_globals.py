counter = []

from prefect import flow, task


@task
def count():
    counter.append(1)
    return len(counter)


@flow
def main():
    print(count(), count(), len(counter))


main()
main()
