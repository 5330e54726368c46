from prefect import flow
from prefect.runtime import flow_run


@flow(flow_run_name=lambda: f"{flow_run.flow_name}-{flow_run.parameters}")
def main(a, b=1):
    return flow_run.name


print(main(5))
