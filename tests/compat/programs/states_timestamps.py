from datetime import datetime, timedelta, timezone

from prefect.states import AwaitingRetry, Completed, Late, Scheduled

when = datetime(2030, 1, 2, tzinfo=timezone.utc)
for make in (Scheduled, AwaitingRetry, Late):
    state = make(scheduled_time=when)
    print(state, state.state_details.scheduled_time == when, state.is_scheduled())
now = Scheduled()
print(abs(now.state_details.scheduled_time - datetime.now(timezone.utc)) < timedelta(minutes=1))
print(Completed().state_details.scheduled_time, Completed().timestamp <= datetime.now(timezone.utc))
