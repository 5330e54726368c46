from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    future = inc.submit(1)
    future.wait()
    seen = []
    future.add_done_callback(seen.append)
    print(seen == [future], future.add_done_callback(lambda f: seen.append(f.result())), seen[1:])
    try:
        future.add_done_callback(5)
    except TypeError as error:
        print("TypeError", error)


main()
