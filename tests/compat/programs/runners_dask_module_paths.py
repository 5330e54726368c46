from prefect_dask import DaskTaskRunner
from prefect_dask.task_runners import DaskTaskRunner as Same

print(DaskTaskRunner is Same, DaskTaskRunner.__name__)
runner = DaskTaskRunner(cluster_kwargs={"n_workers": 1})
print(isinstance(runner, DaskTaskRunner))
try:
    DaskTaskRunner(address="tcp://nowhere:1", cluster_kwargs={"n_workers": 1})
except ValueError as error:
    print(type(error).__name__)
