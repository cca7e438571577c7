/** All live runs at a glance, kept from what the socket of the list tells; pure. */
import type { Aspect } from "./findings";
import { runsOf, type Alert, type Frame, type Run } from "./wire";

const LIVE = new Set(["running", "stalled"]);

export const isLive = (run: Run | undefined): boolean => run !== undefined && LIVE.has(run.state) && !run.deleted;

/** What is to be said of one run or of many. */
export interface Standing {
  aspect: Aspect;
  critical: number;
  warning: number;
}

export const UNKNOWN: Standing = { aspect: "unknown", critical: 0, warning: 0 };

export class Fleet {
  readonly runs = new Map<string, Run>();
  /** Incidents and what follows from them, as far as they fire. */
  readonly alerts = new Map<string, Alert>();

  take(frame: Frame): void {
    if (frame.type === "snapshot") this.begin(runsOf(frame.data.runs), frame.data.alerts ?? []);
    else if (frame.type === "run") this.put(frame.data);
    else if (frame.type === "alert") this.hear(frame.data);
  }

  /** The worst of all live runs, and how much fires in them. */
  standing(): Standing {
    const live = [...this.runs.values()].filter(isLive);
    if (live.length === 0) return UNKNOWN;
    const all = live.map(standingOf);
    const sum = (severity: "critical" | "warning"): number => all.reduce((total, one) => total + one[severity], 0);
    const aspects: readonly Aspect[] = ["critical", "warning", "healthy", "unknown"];
    const aspect = aspects.find((one) => all.some((standing) => standing.aspect === one)) ?? "unknown";
    return { aspect, critical: sum("critical"), warning: sum("warning") };
  }

  /** Incidents of live runs that nobody has acknowledged, notes left out. */
  open(): Alert[] {
    return [...this.alerts.values()].filter(
      (alert) =>
        isLive(this.runs.get(alert.run_id)) &&
        alert.parent === null &&
        alert.severity !== "info" &&
        alert.acknowledged === null,
    );
  }

  private begin(runs: readonly Run[], alerts: readonly Alert[]): void {
    this.runs.clear();
    this.alerts.clear();
    for (const run of runs) this.put(run);
    for (const alert of alerts) this.hear(alert);
  }

  /** Ended runs are kept as well: what comes late of them must not look like news. */
  private put(run: Run): void {
    if (run.deleted) this.runs.delete(run.id);
    else this.runs.set(run.id, run);
  }

  private hear(alert: Alert): void {
    if (alert.state === "firing") this.alerts.set(alert.id, alert);
    else this.alerts.delete(alert.id);
  }
}

/** How one run stands by its own health. */
export function standingOf(run: Run): Standing {
  const { verdict = "unknown", firing } = run.health ?? {};
  return { aspect: verdict, critical: firing?.critical ?? 0, warning: firing?.warning ?? 0 };
}
