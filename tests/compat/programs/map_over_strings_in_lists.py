from prefect import flow, task


@task
def shout(text, mark="!"):
    return text.upper() + mark


@flow
def main():
    print(shout.map(["a", "bc"]).result(), shout.map(["a"], ["?"]).result(), shout.map(["a", "b"], "??").result())
    print(shout.map("a b c".split()).result(), shout.map(list("xy")).result(), shout.map("a\nb".splitlines(), mark="").result())
    print(shout.map(sorted({"q": 1, "p": 2})).result())


main()
