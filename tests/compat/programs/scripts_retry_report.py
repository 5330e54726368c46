# A small script: fetch with retries, report by hooks.
from prefect import flow, get_run_logger, task

report = []


def failed(task, run, state):
    report.append(f"{task.name} failed: {state.message}")


def done(flow, run, state):
    report.append(f"{flow.name} {state.name.lower()}")


responses = {"a": [500, 200], "b": [500, 500, 500], "c": [200]}


@task(retries=1, on_failure=[failed], task_run_name="fetch {url}")
def fetch(url):
    status = responses[url].pop(0)
    get_run_logger().info("status %s", status)
    if status != 200:
        raise ConnectionError(f"{url}: {status}")
    return url.upper()


@flow(on_completion=[done], on_failure=[done])
def crawl(urls):
    states = [fetch(url, return_state=True) for url in urls]
    return [state.result() for state in states if state.is_completed()], states


given = crawl(list("abc"), return_state=True)
print(given.name, given.message)
for line in report:
    print(line)
