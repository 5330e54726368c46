from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

print(ThreadPoolTaskRunner(max_workers=3)._max_workers, ThreadPoolTaskRunner(4)._max_workers)
print(ProcessPoolTaskRunner(max_workers=2)._max_workers)
