/** A run as the list holds it: a signal of its own, and what is asked of it often, worked out once. */
import { signal, type Signal } from "@preact/signals";
import type { Run } from "../wire";

/** Where a run stands among the others: worked out anew only when that disturbs nobody. */
export interface Place {
  /** Alive and critical, alive, ended. */
  rank: number;
  began: number;
  /** What the asked column sorts by; `null` comes last. */
  value: number | string | null;
}

export interface Entry {
  readonly row: Signal<Run>;
  /** All words that a filter may ask for; empty until somebody asks. */
  text: string;
  place: Place | null;
}

export const entryOf = (run: Run): Entry => ({ row: signal(run), text: "", place: null });

const ALIVE = new Set(["running", "stalled"]);
export const isAlive = (run: Run): boolean => ALIVE.has(run.state);

/** How long ago a run began decides among equals: no row wanders while it is read. */
export const beganAt = (run: Run): number => run.started_at ?? run.created_at;

export const rankOf = (run: Run): number => (!isAlive(run) ? 2 : run.health?.verdict === "critical" ? 0 : 1);

export function textOf(run: Run): string {
  return [run.name, run.project, run.state, run.id, run.group, ...(run.tags ?? [])].join(" ").toLowerCase();
}

export const wordsIn = (query: string): string[] =>
  query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");

/** Whether a run answers to what was typed: every word is somewhere in its name, project, state, group, tags or id. */
export function matches(entry: Entry, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  if (entry.text === "") entry.text = textOf(entry.row.peek());
  return words.every((word) => entry.text.includes(word));
}

/** A run without what no line shows: ten thousand of them are held. */
export function slim(run: Run): Run {
  const { id, project, name, state, state_reason, created_at, started_at, ended_at, last_event_at } = run;
  const { tags, group, progress, health, spark, summary, roles, last_step, stop_requested, deleted, deleted_at } = run;
  const unit = run.intent?.step_unit;
  const intent = unit === undefined ? {} : { step_unit: unit };
  const first = { id, project, name, state, state_reason, created_at, started_at, ended_at, last_event_at, intent };
  const rest = { tags, group, progress, health, spark, summary, roles, last_step, stop_requested, deleted, deleted_at };
  return { ...first, ...(rest as Partial<Run>) };
}
