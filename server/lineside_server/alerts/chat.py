"""Messages to chat, mail and pagers, by the addresses that Apprise speaks."""

import asyncio
import logging
from functools import partial
from typing import Final

from anyio import to_thread

from lineside_server.alerts.payload import words
from lineside_server.alerts.post import TIMEOUT_S, Answer
from lineside_server.core.notices import Channel, Delivery

# Services at hosts of their own. Every other scheme of Apprise lets the user name the host, and Apprise looks it up
# and connects by itself: those are allowed only where private targets are.
FIXED_HOSTS: Final = frozenset(
    {"slack", "discord", "tgram", "pagerduty", "pover", "opsgenie", "gchat", "pbul", "sendgrid", "twilio", "webexteams"}
)
KINDS: Final = {"critical": "failure", "warning": "warning", "info": "info"}


def fault_of(url: str, *, allow_private: bool) -> str | None:
    """Say in a sentence what is wrong with an Apprise address, None where nothing is."""
    scheme = url.partition("://")[0].lower()
    if scheme not in FIXED_HOSTS and not allow_private:
        known = ", ".join(sorted(FIXED_HOSTS))
        return (
            f"Addresses with {scheme!r} name a host of their own, which is not allowed here: use one of {known}, "
            "or set LINESIDE_WEBHOOK_ALLOW_PRIVATE=1 (--webhook-allow-private)."
        )
    from apprise import Apprise  # noqa: PLC0415 - half a second and 20 MB, for those alone who use it

    return None if Apprise().add(url) else "Apprise does not understand this address."


async def speak(channel: Channel, delivery: Delivery) -> Answer:
    """Bring a message; Apprise tells only whether it arrived, and logs why not."""
    try:
        async with asyncio.timeout(2 * TIMEOUT_S):
            return await to_thread.run_sync(partial(_notify, channel.url, delivery), abandon_on_cancel=True)
    except TimeoutError:
        return Answer(None, f"There was no answer within {2 * TIMEOUT_S:.0f} s.")


def _notify(url: str, delivery: Delivery) -> Answer:
    from apprise import Apprise  # noqa: PLC0415 - as above

    title, text = words(delivery.body)
    told = Apprise()
    if not told.add(url):
        return Answer(None, "Apprise does not understand this address.")
    heard = _Heard()
    log = logging.getLogger("apprise")
    log.addHandler(heard)
    try:
        arrived = told.notify(text, title=title, notify_type=KINDS.get(delivery.body["data"]["severity"], "info"))
    finally:
        log.removeHandler(heard)
    return Answer(200) if arrived else Answer(None, heard.last or "It was not taken.")


class _Heard(logging.Handler):
    """Keeps the last warning: Apprise says in its log what went wrong, without the address's secrets."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()[:500]
