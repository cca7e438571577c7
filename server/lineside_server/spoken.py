"""A judged run in words for a terminal: the verdict, the incidents with their causes, and what is missing."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.text import Text

from lineside_server.console import out
from lineside_server.core.findings import Alert, Cause, Level
from lineside_server.core.fit import REFUTED
from lineside_server.replay import Replay

SIGNS: Final = {Level.CRITICAL: "●", Level.WARNING: "▲", Level.INFO: "○"}
COLOURS: Final = {Level.CRITICAL: "bold red", Level.WARNING: "bold yellow", Level.INFO: "dim"}


def speak(file: str, found: Replay) -> None:
    """Print what judging a file brought."""
    roots = sorted((alert for alert in found.alerts if alert.parent is None), key=lambda alert: -alert.level)
    out.print(Text.assemble("\n", (found.name, "bold"), f"  {file}"))
    out.print(Text(f"  {_verdict(found, roots)}"))
    for root in roots:
        _incident(root, found.alerts)
    _coverage(found)


def figure(value: Any) -> str:
    """Return a figure with as many digits as one reads."""
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {figure(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(figure, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _verdict(found: Replay, roots: Sequence[Alert]) -> str:
    loud = sum(alert.level >= Level.WARNING for alert in roots)
    counts = [f"{n} {word}{'s' * (n != 1)}" for n, word in ((loud, "incident"), (len(roots) - loud, "note")) if n]
    if not counts:
        return f"Nothing wrong can be seen. Verdict: {found.verdict}."
    return f"Verdict: {found.verdict}, {' and '.join(counts)}."


def _incident(alert: Alert, others: Sequence[Alert], depth: int = 1) -> None:
    pad, finding = "  " * depth, alert.finding
    sign = f"\n{pad}{SIGNS[alert.level]} {alert.level.word.upper()} "
    out.print(Text.assemble((sign, COLOURS[alert.level]), f"{alert.rule} · {alert.subject} · {_span(alert)}"))
    out.print(Text(f"{pad}  {finding.title}", style="bold"))
    for word, figures in (("observed", finding.observed), ("expected", finding.expected)):
        if figures:
            out.print(Text(f"{pad}  {word}: {_figures(figures)}"))
    for cause in finding.causes:
        out.print(_cause(cause, pad))
    for action in finding.actions:
        out.print(Text.assemble(f"{pad}  ", ("Do: ", "bold"), action))
    if finding.cannot_tell:
        out.print(Text(f"{pad}  Cannot tell: {finding.cannot_tell}", style="dim"))
    for child in others:
        if child.parent == alert.id:
            _incident(child, others, depth + 1)


def _cause(cause: Cause, pad: str) -> Text:
    refuted = cause.fit < REFUTED
    return Text.assemble(
        f"{pad}  {cause.fit:4.2f} ", (cause.id, "dim strike" if refuted else "none"), f": {cause.explanation}"
    )


def _span(alert: Alert) -> str:
    begin = f"step {alert.opened_step:,}"
    span = begin if alert.last_step == alert.opened_step else f"{begin} to {alert.last_step:,}"
    return span if alert.resolved_step is None else f"{span}, resolved at {alert.resolved_step:,}"


def _figures(figures: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {figure(value)}" for name, value in figures.items())


def _coverage(found: Replay) -> None:
    missing = [check for check in found.checks if check.verdict == "not_checked"]
    counts = found.health.checks
    words = ("passing", "firing", "pending")
    told = ", ".join([*(f"{counts[word]} {word}" for word in words), f"{len(missing)} not checked"])
    out.print(Text(f"\n  Checks: {told}."))
    for check in missing:
        out.print(Text(f"    {check.rule}: {check.reason}", style="dim"))
