"""Programs written for Prefect, with what they print there; hpcflow is held against them."""
