"""How a flow's function is executed within its flow run and its time limit: a plain one, an async one, a generator.

Of a generator the caller goes through what it yields, and the flow run lasts as long as that. The function's code runs within the
flow run, and within its time limit; the caller's code between two items does not.
"""

from __future__ import annotations

from types import GeneratorType
from typing import TYPE_CHECKING, Any

from hpcflow._steps import Steps
from hpcflow._worker.unwinding import LimitPassed
from hpcflow.context import current_flow_run
from hpcflow.errors import FlowRunTimeoutError
from hpcflow.futures import resolve_futures_to_states

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from hpcflow.flow_runs import FlowRun


def body_value(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], limit_s: float | None) -> Any:
    """Give what a function returns, its futures as states.

    Raises:
        FlowRunTimeoutError: it takes longer than `limit_s`.

    Example:
        >>> body_value(pow, (2, 5), {}, None)
        32
    """

    def value() -> Any:
        returned: Any = fn(*args, **kwargs)
        return resolve_futures_to_states(list(returned) if isinstance(returned, GeneratorType) else returned)

    if limit_s is None:
        return value()
    from hpcflow._worker.time_limit import call_within  # lazy: most flows have no limit

    return call_within(limit_s, value, FlowRunTimeoutError)


async def awaited_body(
    fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], limit_s: float | None
) -> Any:
    """Do what `body_value` does, for an async function."""
    import asyncio  # lazy: the caller has a loop

    async def value() -> Any:
        return await asyncio.to_thread(resolve_futures_to_states, await fn(*args, **kwargs))

    if limit_s is None:
        return await value()
    from hpcflow._worker.time_limit import await_within  # lazy: most flows have no limit

    return await await_within(limit_s, value(), FlowRunTimeoutError)


_DONE: Any = object()


def generated(
    flow_run: FlowRun, generator: Generator[Any, Any, Any], limit_s: float | None
) -> Generator[Any, None, Any]:
    """Go through a flow's generator, and wait for what it has submitted.

    Example:
        >>> from hpcflow.flow_runs import FlowRun
        >>> from hpcflow.task_runners import InlineTaskRunner
        >>> list(generated(FlowRun("count", InlineTaskRunner()), (number for number in range(3)), None))
        [0, 1, 2]
    """
    steps = Steps(current_flow_run, flow_run, limit_s, FlowRunTimeoutError)
    returned: list[Any] = []

    def take() -> Any:
        try:
            return next(generator)
        except StopIteration as stop:
            returned.append(stop.value)
            return _DONE

    try:
        while (item := steps.step(take)) is not _DONE:
            yield item
    except (FlowRunTimeoutError, LimitPassed):
        flow_run.time_out()
        raise
    except KeyboardInterrupt:
        flow_run.interrupt()
        raise
    finally:
        steps.step(generator.close)
        flow_run.wait()
    return resolve_futures_to_states(returned[0])


async def async_generated(
    flow_run: FlowRun, generator: AsyncGenerator[Any, Any], limit_s: float | None
) -> AsyncGenerator[Any, None]:
    """Do what `generated` does, for an async generator."""
    import asyncio  # lazy: the caller has a loop

    steps = Steps(current_flow_run, flow_run, limit_s, FlowRunTimeoutError)

    async def take() -> Any:
        return await anext(generator, _DONE)

    try:
        while (item := await steps.async_step(take)) is not _DONE:
            yield item
    except FlowRunTimeoutError:
        flow_run.time_out()
        raise
    except (KeyboardInterrupt, asyncio.CancelledError):
        flow_run.interrupt()
        raise
    finally:
        await steps.async_step(generator.aclose)
        await asyncio.to_thread(flow_run.wait)
