"""Counts the steps of a run that are not given: each is the one after the last."""

from __future__ import annotations


class Steps:
    """The last step of this writer.

    A resumed run goes on after the last step that the server knows. Until that is known, steps are `relative`:
    -k stands for k steps after it. The first step that the trainer gives itself settles the matter, wherever it lies.
    The spool, which counts up at each record, does so in its own hottest lines.
    """

    __slots__ = ("given", "last", "relative")

    def __init__(self, *, resumes: bool) -> None:
        self.relative = resumes
        self.given = False
        self.last = 0 if resumes else -1

    def set_base(self, base: int) -> None:
        """Count on from the server's last step, -1 for none."""
        if self.relative:
            self.last, self.relative = base - self.last, False

    def reached(self) -> int | None:
        """Return the last step, None where there is none yet."""
        if self.relative:
            return self.last if self.last < 0 else None
        return self.last if self.last >= 0 else None
