from prefect.task_runners import ThreadPoolTaskRunner

runner = ThreadPoolTaskRunner(max_workers=3)
copy = runner.duplicate()
print(copy is not runner, type(copy) is type(runner), copy == runner, runner == ThreadPoolTaskRunner(max_workers=4))
print(runner.name)
