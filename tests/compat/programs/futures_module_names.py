import prefect.futures as futures

for name in (
    "PrefectFuture",
    "PrefectFutureList",
    "PrefectConcurrentFuture",
    "PrefectWrappedFuture",
    "PrefectTaskRunFuture",
    "DoneAndNotDoneFutures",
    "as_completed",
    "wait",
    "resolve_futures_to_states",
    "resolve_futures_to_results",
):
    print(name, hasattr(futures, name))
print(issubclass(futures.PrefectFutureList, list), futures.DoneAndNotDoneFutures._fields)
