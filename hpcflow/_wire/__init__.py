"""What both sides import: values, functions and errors as bytes, in the parent that sends and in the worker that receives.

`codec` is where to begin: values and errors to bytes and buffers, and back. `functions` turns the function of a task into
bytes that are sent once. The others serve these two: `modules` knows what a worker can import, `snapshots` tells whether a
pickled function is still what it was, `upstreams` carries futures that stand inside arguments, `tracebacks` takes exceptions
apart, `diagnosis` finds what cannot be pickled. Nothing here starts a process, moves bytes or knows of runs.
"""
