/** Incidents of many runs in the order of an inbox, where each keeps the place in which it was first seen; pure. */
import { incidentsOf, type Incident } from "../findings";
import type { Alert, Run, Severity } from "../wire";

const RANK: Record<Severity, number> = { critical: 0, warning: 1, info: 2 };
const RESOLVED = 3;
const ALIVE = new Set(["running", "stalled"]);

/** The incidents of one run that are shown. */
export interface Group {
  runId: string;
  incidents: Incident[];
}

export interface Arranged {
  groups: Group[];
  /** Came since, and waits to be asked for. */
  held: Incident[];
  /** The ids of the roots, in the order in which they are shown. */
  places: string[];
}

const rankOf = ({ root, severity }: Incident): number => RANK[severity] + (root.state === "resolved" ? RESOLVED : 0);

/** All that is known, as incidents: what is over beside what is not. */
export const allIncidents = (alerts: readonly Alert[]): Incident[] => [
  ...incidentsOf(alerts, "firing"),
  ...incidentsOf(alerts, "resolved"),
];

const byWorst = (a: Incident, b: Incident): number => rankOf(a) - rankOf(b) || b.root.opened_at - a.root.opened_at;

const worst = ({ incidents }: Group): number => Math.min(...incidents.map(rankOf));
const newest = ({ incidents }: Group): number => Math.max(...incidents.map((one) => one.root.opened_at));

/** By run: the worst first, then runs that are alive, then what opened last. */
export function sortIncidents(incidents: readonly Incident[], runs: ReadonlyMap<string, Run>): string[] {
  const groups = grouped([...incidents].sort(byWorst));
  const dead = (group: Group): number => (ALIVE.has(runs.get(group.runId)?.state ?? "") ? 0 : 1);
  groups.sort((a, b) => worst(a) - worst(b) || dead(a) - dead(b) || newest(b) - newest(a));
  return groups.flatMap((group) => group.incidents.map((one) => one.root.id));
}

function grouped(incidents: readonly Incident[]): Group[] {
  const groups = new Map<string, Group>();
  for (const one of incidents) {
    const runId = one.root.run_id;
    const group = groups.get(runId) ?? { runId, incidents: [] };
    group.incidents.push(one);
    groups.set(runId, group);
  }
  return [...groups.values()];
}

/**
 * What is shown in its place, and what has come since. An incident that was found to follow from another folds into
 * it; a root that was found for a known one takes its place.
 */
export function arrangeInbox(
  incidents: readonly Incident[],
  places: readonly string[],
  admits: (incident: Incident) => boolean,
): Arranged {
  const roots = new Map(incidents.map((one) => [one.root.id, one]));
  const rootOf = new Map(incidents.flatMap((one) => one.follows.map((alert) => [alert.id, one.root.id] as const)));
  const kept = [...new Set(places.map((id) => rootOf.get(id) ?? id))].filter((id) => roots.has(id));
  const placed = new Set(kept);
  const held = incidents.filter((one) => !placed.has(one.root.id) && admits(one));
  return { groups: grouped(kept.flatMap((id) => roots.get(id) ?? [])), held, places: kept };
}
