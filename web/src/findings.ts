/** What judgement says, arranged for reading: incidents with what follows from them, and where each stands. Pure. */
import type { Alert, Check, CheckVerdict, Run, Severity } from "./wire";

const RANK: Record<Severity, number> = { critical: 0, warning: 1, info: 2 };

/** A root with all that follows from it, however far. */
export interface Incident {
  root: Alert;
  follows: Alert[];
  /** The worst of all of it. */
  severity: Severity;
}

const worst = (alerts: readonly Alert[]): Severity =>
  alerts.map((alert) => alert.severity).sort((a, b) => RANK[a] - RANK[b])[0] ?? "info";

const sorted = (alerts: readonly Alert[]): Alert[] =>
  [...alerts].sort((a, b) => RANK[a.severity] - RANK[b.severity] || a.opened_step - b.opened_step);

function rootOf(alert: Alert, known: ReadonlyMap<string, Alert>): Alert {
  const seen = new Set([alert.id]);
  let at = alert;
  for (let parent = known.get(at.parent ?? ""); parent && !seen.has(parent.id); parent = known.get(at.parent ?? "")) {
    seen.add(parent.id);
    at = parent;
  }
  return at;
}

/** Incidents of the alerts in one state, the worst first, then the oldest; one whose parent is of another state stands alone. */
export function incidentsOf(alerts: readonly Alert[], state: Alert["state"]): Incident[] {
  const chosen = alerts.filter((alert) => alert.state === state);
  const known = new Map(chosen.map((alert) => [alert.id, alert]));
  const byRoot = new Map<Alert, Alert[]>();
  for (const alert of chosen) {
    const root = rootOf(alert, known);
    byRoot.set(root, [...(byRoot.get(root) ?? []), ...(alert === root ? [] : [alert])]);
  }
  const found = [...byRoot].map(([root, follows]) => ({
    root,
    follows: sorted(follows),
    severity: worst([root, ...follows]),
  }));
  return found.sort((a, b) => RANK[a.severity] - RANK[b.severity] || a.root.opened_step - b.root.opened_step);
}

export type Group = "open" | "notes" | "resolved";
/** Where each incident was first seen, by the id of its root, in that order. */
export type Places = ReadonlyMap<string, Group>;

export interface Arranged extends Record<Group, Incident[]> {
  /** Came since, and waits to be asked for. */
  held: Incident[];
  places: Places;
}

const groupOf = ({ root, severity }: Incident): Group =>
  root.state === "resolved" ? "resolved" : severity === "info" ? "notes" : "open";

/**
 * The incidents in their groups. At first sight the worst come first; from then on each keeps its place, resolved or
 * not, and what comes later goes behind: nothing that is being read is pushed away. `hold` keeps what comes later back.
 */
export function arrange(alerts: readonly Alert[], before: Places | null, hold = false): Arranged {
  const all = [...incidentsOf(alerts, "firing"), ...incidentsOf(alerts, "resolved")];
  const places = new Map(before);
  const held: Incident[] = [];
  for (const one of all) {
    const [id, group] = [one.root.id, groupOf(one)];
    const at = places.get(id);
    const heir = at === undefined ? one.follows.find((alert) => places.has(alert.id)) : undefined;
    if (heir) rename(places, heir.id, id);
    else if (at !== undefined && !(at === "notes" && group === "open")) continue;
    else if (hold && before !== null) held.push(one);
    else {
      places.delete(id);
      places.set(id, group);
    }
  }
  const byId = new Map(all.map((one) => [one.root.id, one]));
  const of = (group: Group): Incident[] =>
    [...places].flatMap(([id, at]) => (at === group ? (byId.get(id) ?? []) : []));
  return { open: of("open"), notes: of("notes"), resolved: of("resolved"), held, places };
}

/** A root that was found for a known finding takes its place. */
function rename(places: Map<string, Group>, from: string, to: string): void {
  const entries = [...places];
  places.clear();
  for (const [id, group] of entries) places.set(id === from ? to : id, group);
}

export type Aspect = "critical" | "warning" | "healthy" | "unknown";

/** What the signal shows: the worst that fires, also before the run itself has told of it. */
export function aspectOf(run: Run, alerts: readonly Alert[] = []): Aspect {
  const told = run.health?.verdict ?? "unknown";
  const fires = (severity: Severity): boolean =>
    alerts.some((alert) => alert.state === "firing" && alert.severity === severity);
  if (told === "critical" || fires("critical")) return "critical";
  return fires("warning") ? "warning" : told;
}

export const VERDICTS: readonly CheckVerdict[] = ["passing", "pending", "firing", "not_checked"];
export const VERDICT_WORDS: Record<CheckVerdict, string> = {
  passing: "passing",
  pending: "pending",
  firing: "firing",
  not_checked: "not checked",
};

/** How many checks stand how: as the run tells it, else as counted from the checks themselves. */
export function countsOf(run: Run, checks: readonly Check[]): Record<CheckVerdict, number> {
  const counts = { passing: 0, pending: 0, firing: 0, not_checked: 0 };
  for (const check of checks) counts[check.verdict] += 1;
  return checks.length > 0 ? counts : (run.health?.checks ?? counts);
}

export interface Reason {
  rules: string[];
  reason: string;
  broken: string | undefined;
}

/** Checks that give the same reason stand under it together. */
export function byReason(checks: readonly Check[]): Reason[] {
  const found = new Map<string, Reason>();
  for (const { rule, reason, broken } of checks) {
    const id = `${reason}\n${broken ?? ""}`;
    const known = found.get(id);
    if (known) known.rules.push(rule);
    else found.set(id, { rules: [rule], reason, broken });
  }
  return [...found.values()];
}

/** Whether an alert is silenced at this time and step. */
export function isSilenced(alert: Alert, time: number, step: number | null | undefined): boolean {
  const until = alert.silenced_until;
  if (!until) return false;
  const byTime = until.at !== null && time < until.at;
  return byTime || (until.step !== null && (step ?? 0) < until.step);
}
