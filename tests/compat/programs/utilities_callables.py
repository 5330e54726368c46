from prefect.utilities.callables import call_with_parameters, get_call_parameters, get_parameter_defaults, parameters_to_args_kwargs


def fn(a, b=2, *args, c, d=4, **more):
    return a, b, args, c, d, more


parameters = get_call_parameters(fn, (1,), {"c": 3, "z": 9})
print(parameters)
print(get_call_parameters(fn, (1, 5, 6), {"c": 3}, apply_defaults=False))
print(parameters_to_args_kwargs(fn, parameters))
print(call_with_parameters(fn, parameters), get_parameter_defaults(fn))
