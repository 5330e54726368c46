from prefect import flow, task
from prefect.runtime import flow_run, task_run


@task
def work():
    return 1


@flow
def main():
    for thing in (work, main, work.submit()):
        try:
            thing.reslt()
        except AttributeError as error:
            print(error)
    for module in (flow_run, task_run):
        try:
            print(module.nam)
        except AttributeError as error:
            print(str(error).replace("hpcflow", "prefect"))
    print(flow_run.job_variables, flow_run.parent_deployment_id)
    try:
        work["x"]
    except TypeError as error:
        print(error)


main()
print(flow_run.job_variables, flow_run.parent_deployment_id)
