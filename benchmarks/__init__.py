"""What hpcflow costs, each question in a file of its own, with the peers run by the same code in the same run.

``docs/benchmarks.md`` says how to run these and how to read what they print.
"""
