from prefect_dask import DaskTaskRunner


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

print(attempt(lambda: DaskTaskRunner(address="tcp://x:1", cluster_class="distributed.LocalCluster")))
print(attempt(lambda: DaskTaskRunner(address="tcp://x:1", adapt_kwargs={"minimum": 1})))
print(attempt(lambda: DaskTaskRunner(cluster=object(), cluster_kwargs={"n_workers": 1})))
print(attempt(lambda: DaskTaskRunner(cluster_kwargs={"asynchronous": True})).split(".")[0].split(":")[:2])
print(type(DaskTaskRunner(client_kwargs={"set_as_default": True})).__name__)
print(attempt(lambda: DaskTaskRunner(unknown=1)))
print(DaskTaskRunner().name, DaskTaskRunner(address="a") == DaskTaskRunner(address="a"))
print(type(DaskTaskRunner(cluster_kwargs={"n_workers": 1}).duplicate()).__name__)
