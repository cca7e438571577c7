"""Speaks to the person at the terminal, one plain line at a time."""

from __future__ import annotations

import contextlib
import sys


def say(sentence: str) -> None:
    # A closed, missing or failing stderr is no reason to disturb training.
    with contextlib.suppress(Exception):
        sys.stderr.write(f"lineside: {safe(sentence)}\n")
        sys.stderr.flush()


def safe(text: str, keep: str = "") -> str:
    """Write out what a terminal would obey: names and reasons come from elsewhere."""
    if text.isprintable():
        return text
    kept = (each if each.isprintable() or each in keep else each.encode("unicode_escape").decode() for each in text)
    return "".join(kept)


class Once:
    """Says a sentence the first time its topic comes up, and counts every time."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def say(self, topic: str, sentence: str) -> None:
        count = self.counts[topic] = self.counts.get(topic, 0) + 1
        if count == 1:
            say(sentence)
