"""Speaks to the person at the terminal, one plain line at a time."""

from __future__ import annotations

import contextlib
import sys


def say(sentence: str) -> None:
    # A closed, missing or failing stderr is no reason to disturb training.
    with contextlib.suppress(Exception):
        sys.stderr.write(f"lineside: {sentence}\n")
        sys.stderr.flush()


class Once:
    """Says a sentence the first time its topic comes up, and counts every time."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def say(self, topic: str, sentence: str) -> None:
        count = self.counts[topic] = self.counts.get(topic, 0) + 1
        if count == 1:
            say(sentence)
