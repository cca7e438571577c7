/** The columns that the runs can be sorted by: what each compares, and which way it goes first. Pure. */
import { aspectOf } from "../findings";
import { lastRatioOf, nameOf, trainLossOf } from "../roles";
import type { Run, RunState } from "../wire";
import { beganAt, rankOf, type Place } from "./entry";

type Value = number | string | null;

export interface Column {
  id: string;
  title: string;
  hint?: string;
  /** Whether the first click puts the greatest first. */
  falls?: boolean;
  isNumber?: boolean;
  of(run: Run): Value;
}

export const STATES: readonly RunState[] = ["running", "stalled", "lost", "failed", "stopped", "finished"];
const ASPECTS = ["critical", "warning", "healthy", "unknown"];

/** Text in the order in which people count: `run 9` before `run 10`. */
const natural = (text: string | null): string | null =>
  text === null ? null : text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));

/** How far the loss has come down: its last value over its first. */
function fallOf(run: Run): number | null {
  const finite = (run.spark ?? []).filter((value) => value !== null);
  const [first, last] = [finite[0], finite.at(-1)];
  return first === undefined || last === undefined || first <= 0 || finite.length < 2 ? null : last / first;
}

function openOf(run: Run): number | null {
  const { firing, verdict } = run.health ?? {};
  return !firing || verdict === "unknown" ? null : firing.critical * 1000 + firing.warning;
}

export const COLUMNS: readonly Column[] = [
  { id: "verdict", title: "Verdict", of: (run) => ASPECTS.indexOf(aspectOf(run)) },
  { id: "name", title: "Run", of: (run) => natural(nameOf(run)) },
  { id: "project", title: "Project", of: (run) => natural(run.project) },
  { id: "state", title: "State", of: (run) => STATES.indexOf(run.state) },
  { id: "progress", title: "Progress", falls: true, of: (run) => run.progress?.fraction ?? null },
  { id: "curve", title: "Curve", hint: "The train loss so far; sorts by how far it came down", of: fallOf },
  { id: "loss", title: "Train loss", isNumber: true, of: trainLossOf },
  {
    id: "ratio",
    title: "Eval/train",
    hint: "The last eval loss over the last train loss",
    falls: true,
    isNumber: true,
    of: lastRatioOf,
  },
  { id: "speed", title: "Speed", falls: true, isNumber: true, of: (run) => run.progress?.steps_per_s ?? null },
  { id: "open", title: "Open", hint: "Incidents that are open", falls: true, of: openOf },
];

export interface Sort {
  column: Column;
  falls: boolean;
}

/** A sort as the address holds it: the column, with a minus where the greatest comes first. */
export function parseSort(text: string | null): Sort | null {
  const column = COLUMNS.find(({ id }) => id === text?.replace(/^-/, ""));
  return column && text !== null ? { column, falls: text.startsWith("-") } : null;
}

export const sortText = (column: Column, falls: boolean): string => `${falls ? "-" : ""}${column.id}`;

/** What a click on a header asks for: the column's own way, the other way, then the usual order again. */
export function nextSort(column: Column, now: Sort | null): string | null {
  const own = column.falls ?? false;
  if (now?.column.id !== column.id) return sortText(column, own);
  return now.falls === own ? sortText(column, !own) : null;
}

export function placeOf(run: Run, sort: Sort | null): Place {
  const value = sort ? sort.column.of(run) : null;
  const isNothing = typeof value === "number" && !Number.isFinite(value);
  return { rank: rankOf(run), began: beganAt(run), value: isNothing ? null : value };
}

/** Alive and critical first, then alive, then the newest; what has no value in the asked column comes last. */
export function compare(a: Place, b: Place, sort: Sort | null): number {
  if (sort && a.value !== b.value) {
    if (a.value === null) return 1;
    if (b.value === null) return -1;
    return a.value < b.value === sort.falls ? 1 : -1;
  }
  return a.rank - b.rank || b.began - a.began;
}
