"""The parent's side of the engine: pools of workers, what is submitted to them, and how their outcomes are read."""
