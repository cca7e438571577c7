"""A child that logs 8 scalars a step with Trackio, then serves its dashboard: python peer_page.py FOLDER STEPS."""

import contextlib
import random
import signal
import socket
import sys
from pathlib import Path

from loggers import KEYS, trackio_logger


def main() -> None:
    noise = random.Random(0)
    log, finish = trackio_logger(Path(sys.argv[1]), None)
    for step in range(int(sys.argv[2])):
        log({key: noise.gauss(15.0, 0.2) for key in KEYS}, step)
    finish()
    import trackio

    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    trackio.show(project="bench", open_browser=False, block_thread=False, server_port=port)
    print(f"READY http://127.0.0.1:{port}/?project=bench", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
