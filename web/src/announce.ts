/** Which incidents are worth a notice on the desktop; pure. */
import { isLive, type Fleet } from "./fleet";
import type { Alert, Frame, Run } from "./wire";

export type Choice = "off" | "critical" | "warning";

/** What was last logged longer ago than this is no news: a recording that is being taken in, say. */
const FRESH_S = 600;

/** Picks what opened since the page began to listen. */
export class News {
  private readonly known = new Set<string>();
  private hasBegun = false;

  /** The incidents that this frame tells of for the first time; of the first snapshot none, for they were open before. */
  take(frame: Frame): string[] {
    const fresh = firing(frame).filter((alert) => !this.known.has(alert.id));
    for (const { id } of fresh) this.known.add(id);
    const wasFirst = frame.type === "snapshot" && !this.hasBegun;
    if (frame.type === "snapshot") this.hasBegun = true;
    return wasFirst ? [] : fresh.filter((alert) => alert.acknowledged === null).map(({ id }) => id);
  }
}

function firing(frame: Frame): Alert[] {
  const alerts = frame.type === "alert" ? [frame.data] : frame.type === "snapshot" ? (frame.data.alerts ?? []) : [];
  return alerts.filter((alert) => alert.state === "firing");
}

/** Whether a notice is due, a moment after an incident has opened: by then it may follow from another, or be gone. */
export function isDue(id: string, fleet: Fleet, choice: Choice, now: number): boolean {
  const alert = fleet.alerts.get(id);
  if (!alert || choice === "off" || alert.parent !== null || alert.acknowledged !== null) return false;
  const isBadEnough = alert.severity === "critical" || (choice === "warning" && alert.severity === "warning");
  return isBadEnough && isNews(fleet.runs.get(alert.run_id), now);
}

/** A run that ended just now counts: what ended it is news above all. */
function isNews(run: Run | undefined, now: number): boolean {
  if (run === undefined || run.last_event_at === null || now - run.last_event_at > FRESH_S) return false;
  return isLive(run) || (run.ended_at !== null && now - run.ended_at <= FRESH_S);
}

export interface Words {
  title: string;
  body: string;
}

/** What the notice says: the finding, then where. */
export function noticeOf(alert: Alert, run: Run | undefined): Words {
  const sign = alert.severity === "critical" ? "●" : "▲";
  const where = [run?.name ?? alert.run_id, run?.project].filter((part) => part !== null && part !== undefined);
  return { title: `${sign} ${alert.title}`, body: `${where.join(" · ")}, step ${alert.opened_step}` };
}
