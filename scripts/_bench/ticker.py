"""A child process that logs the clock at a rate through the client, so that whoever sees a point knows its age.

python ticker.py RATE SECONDS FOLDER SERVER RUN
"""

import json
import sys
import time

import lineside


def main() -> None:
    rate, seconds, folder, server, run_id = sys.argv[1:]
    run = lineside.init(project="bench", id=run_id, server=server, dir=folder)
    began = time.perf_counter()
    for step in range(int(float(rate) * float(seconds))):
        if (ahead := began + step / float(rate) - time.perf_counter()) > 0:
            time.sleep(ahead)
        run.log({"clock": time.perf_counter()}, step=step)
    run.finish()
    print(json.dumps({"steps": step + 1}))


if __name__ == "__main__":
    main()
