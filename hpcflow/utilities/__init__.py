"""Where scripts written for Prefect look for annotations: `hpcflow.utilities.annotations`."""
