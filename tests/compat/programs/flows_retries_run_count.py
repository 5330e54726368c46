from prefect import flow
from prefect.runtime import flow_run

counts = []


@flow(retries=2)
def main():
    counts.append(flow_run.run_count)
    if len(counts) < 3:
        raise ValueError("again")


main()
print(counts)
