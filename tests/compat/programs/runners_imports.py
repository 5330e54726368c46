import prefect.task_runners as task_runners
from prefect.task_runners import ConcurrentTaskRunner, ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

print(ConcurrentTaskRunner is ThreadPoolTaskRunner, issubclass(ThreadPoolTaskRunner, TaskRunner))
print(ThreadPoolTaskRunner.__name__, ProcessPoolTaskRunner.__name__, hasattr(task_runners, "SequentialTaskRunner"))
print(ThreadPoolTaskRunner[int] is not None, TaskRunner.__name__)
