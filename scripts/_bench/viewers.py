"""A child process that holds many viewers of one run; prints the delays of their frames, in ms, as JSON.

python viewers.py PORT RUN VIEWERS SECONDS READY       READY is a file that is made when all are connected
"""

import json
import sys
import time
from pathlib import Path

from common import percentile
from sockets import connect, delays


def main() -> None:
    port, run, count, seconds = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    viewers = [connect(port, f"/runs/{run}/live?key=clock&points=10") for _ in range(count)]
    Path(sys.argv[5]).touch()
    began = time.perf_counter()
    found = delays(viewers, began + 1.0, began + seconds)
    answer = {"frames": len(found), "p50_ms": 1e3 * percentile(found, 0.5), "p99_ms": 1e3 * percentile(found, 0.99)}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
