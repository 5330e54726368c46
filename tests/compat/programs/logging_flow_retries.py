import logging
import re

from prefect import flow

lines = []


class Keep(logging.Handler):
    def emit(self, record):
        text = record.getMessage()
        if not re.search("https?://|View at", text):
            lines.append((record.levelname, text))


logging.getLogger("prefect.flow_runs").addHandler(Keep())
logging.getLogger("prefect.flow_runs").setLevel(logging.INFO)


@flow(retries=1, flow_run_name="r")
def main():
    raise ValueError("x")


main(return_state=True)
for line in lines:
    print(line)
