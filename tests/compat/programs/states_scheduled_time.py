from datetime import datetime, timedelta, timezone

from prefect.states import AwaitingRetry, Late, Scheduled

when = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
for make in (Scheduled, AwaitingRetry, Late):
    state = make(scheduled_time=when)
    print(state.name, state.type.value, state.state_details.scheduled_time == when)
print(Scheduled().state_details.scheduled_time - datetime.now(timezone.utc) < timedelta(seconds=5))
