from prefect.states import Cancelled, Completed, Crashed, Failed, Pending, Retrying, Running

print(Completed(message="all done"), Completed(message="x").message)
print(Completed(name="Own"), Completed(name="Own", message="m"))
print(Failed(message="it's"), Failed(message='say "hi"'))
print(Crashed(message="gone"), Cancelled(message="stopped"), Pending(message="later"), Running(message="now"))
print(Retrying(message="again"), Failed(name="TimedOut", message="late"))
print(Completed(data=5).result(), Completed(message="m", data=[1]).result())
print(Completed(name="").name)
