from prefect import flow, task
from prefect.runtime import deployment, flow_run, task_run

print(sorted(dir(task_run)))
print(sorted(set(dir(flow_run)) - {"ui_url", "api_url"}))
print(flow_run.id, flow_run.name, flow_run.parameters, flow_run.tags, task_run.id, task_run.parameters, task_run.run_count, flow_run.run_count)
print(deployment.id, deployment.name, deployment.parameters)
for module in (flow_run, task_run):
    try:
        module.missing
    except AttributeError as error:
        print("AttributeError")


@flow
def main(a, b=[1]):
    print(type(flow_run.id).__name__, type(flow_run.name).__name__, flow_run.scheduled_start_time is not None)
    b.append(2)
    print(flow_run.parameters)


main(1)
