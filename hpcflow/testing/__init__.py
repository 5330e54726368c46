"""For tests written for Prefect. Those of hpcflow need nothing of the kind: they call the flow."""
