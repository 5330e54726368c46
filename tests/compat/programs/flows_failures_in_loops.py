from prefect import flow, task


@task
def check(n):
    if n in (2, 4):
        raise ValueError(f"bad {n}")
    return n


@flow
def main():
    good, bad = [], []
    for n in range(6):
        try:
            good.append(check(n))
        except ValueError as error:
            bad.append(str(error))
    states = [check(n, return_state=True) for n in range(6)]
    print(good, bad, [state.name for state in states])
    return states


state = main(return_state=True)
print(state.name, state.message)
try:
    main()
except ValueError as error:
    print("raised", error)
