/** What the inbox says of an incident: since when, who has seen it, until when it is silent; pure. */
import { isSilenced } from "../findings";
import { formatAge, formatCount, formatDuration } from "../format";
import type { Alert, Run } from "../wire";

export const HOUR_S = 3600;
export const DAY_S = 86_400;

export function sinceWords({ opened_step: step, opened_at: at, resolved_step: until }: Alert, time: number): string {
  const over = until === null ? "" : ` to ${formatCount(until)}`;
  return `step ${formatCount(step)}${over} · ${formatAge(at, time)}`;
}

export function seenWords({ acknowledged }: Alert): string {
  if (!acknowledged) return "";
  const by = acknowledged.by ? ` by ${acknowledged.by}` : "";
  return `Acknowledged${by}${acknowledged.note ? `: ${acknowledged.note}` : ""}`;
}

/** Until when an alert is silent; empty where it is not. */
export function silentWords(alert: Alert, time: number, lastStep: number | null | undefined): string {
  const until = alert.silenced_until;
  if (!until || !isSilenced(alert, time, lastStep)) return "";
  const parts = [
    until.at !== null && until.at > time ? `for ${formatDuration(until.at - time)} more` : "",
    until.step !== null && until.step > (lastStep ?? 0) ? `until step ${formatCount(until.step)}` : "",
  ].filter(Boolean);
  return `Silenced ${parts.join(" and ")}`;
}

/** What to ask for so that an alert is silent as it was before; 0 seconds end a silence. */
export function silenceAgain(
  { silenced_until: until }: Alert,
  time: number,
  lastStep: number | null | undefined,
): { seconds?: number; steps?: number } {
  const seconds = Math.max(0, (until?.at ?? 0) - time);
  const steps = Math.max(0, (until?.step ?? 0) - (lastStep ?? 0));
  return { seconds, ...(steps > 0 ? { steps } : {}) };
}

/** A step that was typed, as steps from the last one on; a sentence where it cannot be one. */
export function stepsUntil(typed: string, lastStep: number | null | undefined): number | string {
  const step = Number(typed.replaceAll(/[,\s_]/g, ""));
  if (typed.trim() === "" || !Number.isInteger(step)) return "Say a step as a whole number.";
  const last = lastStep ?? 0;
  if (step <= last) return `The run is at step ${formatCount(last)} already: say a later one.`;
  return step - last;
}

export const aliveIn = (run: Run | undefined): boolean => run?.state === "running" || run?.state === "stalled";

/** `1 incident`, `3 incidents`. */
export const incidentCount = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? "incident" : "incidents"}`;
