"""Takes secrets out of what leaves the machine: configs by key, tracebacks by pattern."""

from __future__ import annotations

import os
import re
from itertools import pairwise

REDACTED = "[redacted]"

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ALWAYS = {
    "apikey",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "secrets",
}
_PAIRS = {("api", "key"), ("access", "key"), ("account", "key"), ("private", "key"), ("secret", "key"), ("auth", "key")}
# In this field most tokens are words of a vocabulary.
_VOCABULARY = {
    "additional", "audio", "begin", "bos", "class", "cls", "decoder", "end", "eos", "extra", "first", "forced",
    "image", "last", "mask", "max", "min", "new", "next", "num", "pad", "padding", "per", "prefix", "sep", "special",
    "start", "stop", "suffix", "unk", "video",
}  # fmt: skip
_SPOKEN = re.compile(
    r"(?i)(?P<key>[\w-]*(?:pass(?:word|wd|phrase)|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)"
    r"[\w-]*)(?P<sep>['\"]?\s*[:=]\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s,;)}\]&]+)"
)
_HEADER = re.compile(
    r"(?i)\b(authorization['\"]?\s*[:=]\s*['\"]?(?:(?:bearer|basic|token)\s+)?|bearer\s+)[^\s'\",;)}\]]+"
)
_USERINFO = re.compile(r"(?P<scheme>[a-zA-Z][\w+.-]*://)[^\s/@:]*:[^\s/@]+@")
_SHORTEST_SECRET = 8  # shorter values are too likely to be ordinary words


def is_secret_key(key: str) -> bool:
    words = [word.lower() for word in _WORDS.findall(key)]
    if not _ALWAYS.isdisjoint(words) or any(pair in _PAIRS for pair in pairwise(words)):
        return True
    return words[-1:] in (["token"], ["tokens"]) and _VOCABULARY.isdisjoint(words) and words != ["tokens"]


def is_secret(key: str, value: object) -> bool:
    """Tell whether the value under a key must not leave; a flag or a number of tokens may, a numeric password not."""
    if value is None or isinstance(value, bool) or not is_secret_key(key):
        return False
    return not (isinstance(value, int | float) and _WORDS.findall(key)[-1].lower() in {"token", "tokens"})


def redact_text(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """Take out known secret values, those of the environment, and whatever is spelt like `password=...`."""
    for value in sorted(secrets | _environment_secrets(), key=len, reverse=True):
        text = text.replace(value, REDACTED)
    text = _USERINFO.sub(rf"\g<scheme>{REDACTED}@", text)
    text = _HEADER.sub(rf"\g<1>{REDACTED}", text)
    return _SPOKEN.sub(_spoken, text)


def redact_address(text: str) -> str:
    return _USERINFO.sub(rf"\g<scheme>{REDACTED}@", text) if "@" in text else text


def worth_hiding(value: object) -> bool:
    return isinstance(value, str) and len(value) >= _SHORTEST_SECRET


def _environment_secrets() -> frozenset[str]:
    return frozenset(value for key, value in os.environ.items() if worth_hiding(value) and is_secret_key(key))


def _spoken(match: re.Match[str]) -> str:
    if not is_secret_key(match["key"]):
        return match[0]
    quote = match["value"][0] if match["value"][0] in "\"'" else ""
    return f"{match['key']}{match['sep']}{quote}{REDACTED}{quote}"
