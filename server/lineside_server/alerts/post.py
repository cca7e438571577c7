"""One message brought to one address over HTTP, and what came back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from standardwebhooks import Webhook

from lineside_server.alerts.addresses import AddressRefusedError, Guarded
from lineside_server.alerts.payload import alertmanager_body
from lineside_server.core.notices import Channel, Delivery

TIMEOUT_S: Final = 15.0
MOST_KEPT: Final = 500  # characters of an answer that was a refusal
AGENT: Final = "lineside"


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` None: there was no answer. `retry_after`: seconds, as the receiver asks."""

    status: int | None
    error: str | None = None
    retry_after: float | None = None

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        return self.status == 410


class Poster:
    """Posts to webhooks; one for the whole service, closed at its end."""

    def __init__(self, *, allow_private: bool) -> None:
        transport = Guarded(allow_private=allow_private)
        # Neither proxies nor .netrc of the environment: a secret goes where the channel says, and nowhere else.
        self._client = httpx.AsyncClient(transport=transport, timeout=TIMEOUT_S, trust_env=False)

    async def post(self, channel: Channel, delivery: Delivery, now: float) -> Answer:
        """Bring a message; whatever goes wrong is told in the answer."""
        data, headers = packed(channel, delivery, now)
        try:
            answer = await self._client.post(channel.url, content=data, headers=headers)
        except AddressRefusedError as refusal:
            return Answer(None, str(refusal))
        except httpx.TimeoutException:
            return Answer(None, f"There was no answer within {TIMEOUT_S:.0f} s.")
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            return Answer(None, str(failure) or type(failure).__name__)
        if 200 <= answer.status_code < 300:
            return Answer(answer.status_code)
        return Answer(answer.status_code, _refusal(answer), retry_after(answer.headers.get("retry-after"), now))

    async def close(self) -> None:
        await self._client.aclose()


def packed(channel: Channel, delivery: Delivery, now: float) -> tuple[bytes, Mapping[str, str]]:
    """The body of a message and its headers; a standard webhook is signed by each of its secrets."""
    told = alertmanager_body([delivery], channel.name) if channel.kind == "alertmanager" else delivery.body
    data = json.dumps(told, separators=(",", ":"), allow_nan=False).encode()
    headers = {"content-type": "application/json", "user-agent": AGENT}
    if channel.kind == "standard":
        at = datetime.fromtimestamp(int(now), UTC)
        signatures = [Webhook(secret).sign(delivery.id, at, data.decode()) for secret in channel.secrets]
        headers |= {
            "webhook-id": delivery.id,
            "webhook-timestamp": str(int(now)),
            "webhook-signature": " ".join(signatures),
        }
    return data, headers


def retry_after(told: str | None, now: float) -> float | None:
    """Seconds to wait, as a number or a date tells them; None where nothing sensible does."""
    if told is None:
        return None
    if told.strip().isdigit():
        return float(told)
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - now)
    except ValueError:
        return None


def _refusal(answer: httpx.Response) -> str:
    if answer.is_redirect:
        return "It answered with a redirect, which is not followed: give the address that it leads to."
    return answer.text[:MOST_KEPT].strip() or answer.reason_phrase
