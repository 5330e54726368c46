from prefect import flow, task
from prefect.transactions import transaction

log = []


@task
def write(x):
    log.append(f"write {x}")
    return x


@write.on_rollback
def undo(txn):
    log.append("undo")


@write.on_commit
def confirm(txn):
    log.append("confirm")


@flow
def main(fail):
    with transaction():
        write(1)
        if fail:
            raise ValueError("after")


main(False)
print(log)
log.clear()
print(main(True, return_state=True))
print(log)
