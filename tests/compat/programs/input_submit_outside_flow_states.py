from prefect import task


@task
def inc(x):
    return x + 1


print(inc(1), inc(1, return_state=True), inc(1, return_state=True).result())
print(inc(inc(1, return_state=True)))
