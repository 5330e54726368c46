from prefect import flow
from prefect.flows import Flow


@flow(name="My Flow!", version="1.2", description="does things", retries=3, retry_delay_seconds=2, timeout_seconds=60, log_prints=True, persist_result=False)
def one(x: int = 3):
    """The docstring."""
    return x


@flow
def two_words(a, b):
    """Another docstring.

    With more lines.
    """


print(isinstance(one, Flow), one.name, one.version, one.description, one.retries, one.retry_delay_seconds, one.timeout_seconds, one.log_prints, one.persist_result)
print(two_words.name, two_words.description, two_words.retries, two_words.timeout_seconds, two_words.log_prints)
print(one.__name__, one.__doc__, one.fn(4), one.isasync, one.isgenerator, one.ismethod)
print(two_words.fn.__name__, callable(one), type(one.task_runner).__name__ != "")
print(one.with_options(name="other").name, one.with_options(retries=0).retries, one.name)
