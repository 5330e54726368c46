from prefect import flow, task


@task
def rows(n):
    return [{"id": i, "values": list(range(i))} for i in range(n)]


@task
def size(row):
    return row["id"], len(row["values"])


@task
def table():
    return {"x": 1, "y": 2}


@task
def text():
    return "text"


@task
def show(x):
    return x


@flow
def main():
    print(size.map(rows.submit(3)).result())
    print(size.map(rows(2)).result())
    print(show.map(table.submit()).result())
    try:
        show.map(text.submit())
    except Exception as error:
        print(type(error).__name__, str(error).split(".")[0])


main()
