"""Facts of the hardware and of the limits put upon this process, and the policies that follow from them alone.

What is read (`topology`, `cgroups`, `crash`) takes the file tree it reads as an argument, so that tests show it any machine; what
is decided (`pinning.place_workers`, `limits`) is pure. The engine asks once, as it begins, and before NumPy is imported: an
OpenMP runtime told to bind its threads (OMP_PROC_BIND) shrinks the affinity mask of the process that loads it. So nothing
in this folder imports NumPy, nor anything of hpcflow beyond `errors` and types of `settings`.
"""
