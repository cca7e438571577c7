"""What a message says, in each of the forms in which it leaves. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from lineside_server.core.findings import Alert, Level
from lineside_server.core.notices import Delivery, EventType, Topic

VERSION: Final = 1
MOST_FOLLOWERS: Final = 20


def body_of(topic: Topic, event: EventType, level: Level, at: float, base_url: str | None) -> dict[str, Any]:
    """Return the body of a standard webhook: `{type, timestamp, data}`, as the message is told at this moment."""
    alert, run = topic.alert, topic.run
    data: dict[str, Any] = {
        "version": VERSION,
        "severity": level.word,
        "url": link(base_url, run.id, None if alert is None else alert.id),
        "run": {"id": run.id, "name": run.name, "project": run.project, "state": run.state,
                "state_reason": run.state_reason, "last_step": run.last_step},
    }  # fmt: skip
    if event != "run.state" and alert is not None:
        data["alert"] = told(alert, firing=event == "run.alert.firing")
        data["follows"] = [
            {"rule": one.rule, "subject": one.subject, "severity": one.level.word, "title": one.finding.title}
            for one in topic.follows[:MOST_FOLLOWERS]
        ]
    return {"type": event, "timestamp": stamp(at), "data": data}


def trial_body(at: float, base_url: str | None) -> dict[str, Any]:
    """Return the body of a trial: a message that is plainly none of a real run."""
    alert = {
        "id": "trial", "rule": "trial", "subject": "trial", "severity": "info", "state": "firing",
        "title": "This is a trial of lineside: nothing is wrong", "opened_step": 0, "last_step": 0,
        "resolved_step": None, "reason": None, "evidence": {"observed": {}, "expected": {}, "keys": []}, "causes": [],
        "actions": ["nothing: alerts of your runs will come here"], "cannot_tell": "",
    }  # fmt: skip
    run = {"id": "trial", "name": "trial", "project": "lineside", "state": "running", "state_reason": None,
           "last_step": None}  # fmt: skip
    data = {"version": VERSION, "severity": "info", "url": base_url, "run": run, "alert": alert, "follows": []}
    return {"type": "run.alert.firing", "timestamp": stamp(at), "data": data}


def told(alert: Alert, *, firing: bool) -> dict[str, Any]:
    """An alert as a message tells it; one that is over by now is told as firing where that is the news."""
    finding = alert.finding
    return {
        "id": alert.id,
        "rule": alert.rule,
        "subject": alert.subject,
        "severity": alert.level.word,
        "state": "firing" if firing else "resolved",
        "title": finding.title,
        "opened_step": alert.opened_step,
        "last_step": alert.last_step,
        "resolved_step": None if firing else alert.resolved_step,
        "reason": None if firing else alert.reason,
        "evidence": {"observed": finding.observed, "expected": finding.expected, "keys": list(finding.keys)},
        "causes": [{"id": one.id, "fit": one.fit, "explanation": one.explanation} for one in finding.causes],
        "actions": list(finding.actions),
        "cannot_tell": finding.cannot_tell,
    }


def link(base_url: str | None, run_id: str, alert_id: str | None) -> str | None:
    """The page of the run, at the alert; None where the service does not know its own address."""
    if base_url is None:
        return None
    place = f"{base_url.rstrip('/')}/#/runs/{quote(run_id, safe='')}"
    return place if alert_id is None else f"{place}?alert={quote(alert_id, safe='')}"


def stamp(at: float) -> str:
    """The time as RFC 3339 tells it, in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def alertmanager_body(deliveries: Sequence[Delivery], channel: str) -> dict[str, Any]:
    """The webhook body of Prometheus' Alertmanager, version 4: what its receivers understand."""
    alerts = [_as_alertmanager(one) for one in deliveries]
    states = {alert["status"] for alert in alerts}
    common = _common([alert["labels"] for alert in alerts])
    return {
        "version": "4",
        "groupKey": f"{{}}:{{run_id={common.get('run_id', '')!r}}}",
        "truncatedAlerts": 0,
        "status": "firing" if "firing" in states else "resolved",
        "receiver": channel,
        "groupLabels": {name: common[name] for name in ("run_id", "project") if name in common},
        "commonLabels": common,
        "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
        "externalURL": deliveries[0].body["data"]["url"] or "",
        "alerts": alerts,
    }


def _as_alertmanager(delivery: Delivery) -> dict[str, Any]:
    data, at = delivery.body["data"], delivery.body["timestamp"]
    alert, run = data.get("alert"), data["run"]
    name = "run-state" if alert is None else alert["rule"]
    over = (run["state"] == "running") if alert is None else alert["state"] == "resolved"
    title, do = words(delivery.body)
    return {
        "status": "resolved" if over else "firing",
        "labels": {
            "alertname": name, "severity": data["severity"], "run_id": run["id"], "run": run["name"],
            "project": run["project"], "subject": "" if alert is None else alert["subject"],
        },
        "annotations": {"summary": title, "description": do},
        "startsAt": at,
        "endsAt": at if over else "0001-01-01T00:00:00Z",
        "generatorURL": data["url"] or "",
        "fingerprint": delivery.topic,
    }  # fmt: skip


def _common(labels: Sequence[Mapping[str, str]]) -> dict[str, str]:
    first = labels[0]
    return {name: value for name, value in first.items() if all(one.get(name) == value for one in labels)}


def words(body: Mapping[str, Any]) -> tuple[str, str]:
    """A title and a text for chat and mail: what, in which run, by which figures, why, what to do, and where."""
    data = body["data"]
    run, alert = data["run"], data.get("alert")
    if alert is None:
        why = f": {run['state_reason']}" if run["state_reason"] else ""
        at = "" if run["last_step"] is None else f" at step {run['last_step']:,}"
        return f"{run['name']} is {run['state']}{at}", "\n".join(
            filter(None, (f"Project {run['project']}{why}", data["url"]))
        )
    mark = "Resolved" if alert["state"] == "resolved" else data["severity"].capitalize()
    lines = [f"Run {run['name']} of {run['project']}, since step {alert['opened_step']:,}."]
    if alert["state"] == "resolved":
        lines.append(alert["reason"] or "It is over.")
    else:
        lines += _why(alert, data["follows"])
    return f"{mark}: {alert['title']}", "\n".join(filter(None, (*lines, data["url"])))


def _why(alert: Mapping[str, Any], follows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [_figures(alert["evidence"])]
    lines += [f"Why: {cause['explanation']}" for cause in alert["causes"][:1]]
    lines += [f"Do: {action}" for action in alert["actions"][:1]]
    if follows:
        lines.append("It explains: " + "; ".join(one["title"] for one in follows) + ".")
    return [line for line in lines if line]


def _figures(evidence: Mapping[str, Any]) -> str:
    sides = []
    for side in ("observed", "expected"):
        figures = [f"{name} {_short(value)}" for name, value in evidence[side].items() if _is_plain(value)]
        if figures:
            sides.append(f"{side.capitalize()}: {', '.join(figures[:4])}.")
    return " ".join(sides)


def _is_plain(value: object) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
