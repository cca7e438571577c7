"""What the service logs: no secret of a caller, and no false alarm."""

import logging
import re
from typing import Final

LOGGERS: Final = ("uvicorn.error", "uvicorn.access", "uvicorn.asgi")
HEADER = re.compile(r"(?i)\b(authorization|cookie|set-cookie|sec-websocket-protocol)(['\": ]+).*")
BEARER = re.compile(r"(?i)\b(bearer[. ])[\w.~+/=-]+")


def be_discreet() -> None:
    """Keep tokens and cookies out of the logs of whoever speaks HTTP for us, at any level."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_discreet)


def told(text: str) -> str:
    """Return a line of a log without what a caller proves itself with."""
    return BEARER.sub(r"\1…", HEADER.sub(r"\1\2…", text))


def _discreet(record: logging.LogRecord) -> bool:
    said = record.getMessage()
    if "without completing handshake" in said:
        return False  # uvicorn says so of every socket that was refused by an answer, as if that were a fault
    if (kept := told(said)) != said:
        record.msg, record.args = kept, ()
    return True
