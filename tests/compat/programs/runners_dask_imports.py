from prefect_dask import DaskTaskRunner, get_async_dask_client, get_dask_client
from prefect_dask.task_runners import DaskTaskRunner as Same

print(Same is DaskTaskRunner)
print(callable(get_dask_client), callable(get_async_dask_client), DaskTaskRunner.__name__)
runner = DaskTaskRunner(cluster_kwargs={"n_workers": 2})
print(runner.cluster_kwargs, runner.address, runner.adapt_kwargs, runner.cluster_class)
print(DaskTaskRunner(cluster_class="dask.distributed.LocalCluster").cluster_class, runner == DaskTaskRunner(cluster_kwargs={"n_workers": 2}))
