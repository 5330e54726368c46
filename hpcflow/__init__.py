"""Run Python work on every core of a machine, with the interface people know from Prefect and none of its server."""
