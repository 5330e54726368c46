from prefect import flow

attempts = []
log = []


def note(name):
    def hook(flow, run, state):
        log.append((name, state.name, state.type.value))

    return hook


@flow(retries=1, on_running=[note("running")], on_failure=[note("failure")], on_completion=[note("completion")])
def main(fail_times):
    attempts.append(1)
    if len(attempts) <= fail_times:
        raise ValueError("again")
    return len(attempts)


print(main(1), log)
attempts.clear(), log.clear()
print(main(2, return_state=True), log)
