from prefect.states import Completed, Failed, Running, StateGroup, is_state_iterable

print(is_state_iterable([Completed()]), is_state_iterable([]), is_state_iterable([1]), is_state_iterable((Failed(), Completed())), is_state_iterable({Completed()}))
group = StateGroup([Completed(), Failed(), Running()])
print(group.total_count, group.all_completed(), group.any_failed(), group.all_final(), group.fail_count, group.counts_message())
print(StateGroup([Completed()]).all_completed())
