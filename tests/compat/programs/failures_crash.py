from prefect import flow, task


@task
def leave():
    raise SystemExit(3)


@task
def interrupt():
    raise KeyboardInterrupt


@flow
def main(run):
    run()


for run in (leave, interrupt):
    for options in ({}, {"return_state": True}):
        try:
            print(run(**options))
        except BaseException as error:
            print(type(error).__name__, error.args)
    try:
        main.with_options(validate_parameters=False)(run)
    except BaseException as error:
        print("flow raised", type(error).__name__, error.args)
