from prefect.runtime import flow_run, task_run

print(task_run.id, task_run.name, task_run.task_name, task_run.tags, task_run.parameters, task_run.run_count)
print(flow_run.id, flow_run.name, flow_run.flow_name, flow_run.tags, flow_run.parameters, flow_run.run_count)
print(flow_run.parent_flow_run_id, flow_run.root_flow_run_id, flow_run.parent_deployment_id, flow_run.flow_version)
for module in (task_run, flow_run):
    try:
        module.unknown
    except AttributeError as error:
        print(str(error).split(".")[-1])
print(dir(task_run))
