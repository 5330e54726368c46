from prefect.states import Completed, Failed

one = Completed(message="m")
print(one == one, one == Completed(message="m"), one == Completed(message="n"), one == Failed(message="m"), one != 5)
print(one == "Completed", one is not Completed(message="m"))
