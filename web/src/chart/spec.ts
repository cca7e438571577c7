/** What a chart of the board is made of: which series it wants, and how it reads them; pure. */
import type { Track } from "../series";
import type { Alert, Run, RunEvent, SeriesView } from "../wire";
import type { Axis } from "./axis";
import { figure, type Colour, type Figure, type Manner } from "./figure";
import type { Window } from "./lens";

/** A step that someone wants to see on the charts of these series. */
export interface Shown {
  /** The finding that it is of. */
  id: string;
  step: number;
  keys: readonly string[];
  /** It is marked on every chart. */
  everywhere?: boolean;
  /** No chart is scrolled to. */
  still?: boolean;
}

/** All that a chart may look at. */
export interface Board {
  run: Run;
  /** Every series of the run, sorted. */
  keys: readonly string[];
  events: readonly RunEvent[];
  alerts: readonly Alert[];
  shown: Shown | null;
  track(key: string): Track | undefined;
  /** The learning rate with what the intent declares for each step. */
  declared: SeriesView | null;
  /** How the charts are looked at; without it the whole run is, along its steps. */
  look?: Look;
}

export interface Look extends Manner {
  axis: Axis;
  /** First and last step of all that there is. */
  whole: Window;
  span: Window;
  /** Whether `span` is a part that was asked for. */
  isPart: boolean;
  /** Charts whose value axis is logarithmic. */
  logs: ReadonlySet<string>;
  /** The one attempt that is looked at. */
  attempt: number | null;
}

export interface Label {
  name: string;
  colour: Colour;
  text: string;
}

export interface Column {
  name: string;
  step: readonly number[];
  value: readonly number[];
  format: (value: number) => string;
  /** Where a value stands for many: their extremes, and how many points there are in all. */
  thinned?: { low: readonly number[]; high: readonly number[] };
}

/** A chart at one moment: the picture, its one figure, its labels, and the same in words and as a table. */
export interface Picture {
  figure: Figure;
  headline: string;
  labels: Label[];
  /** One quiet line under the chart: what it means, or what is missing. */
  caption: string;
  columns: Column[];
  /** What the switches show, where that is not what was chosen. */
  shown?: readonly string[];
  /** Why there is nothing to draw; empty where there is. */
  empty: string;
}

export interface Switch {
  name: string;
  options: readonly string[];
}

export interface Spec {
  id: string;
  title: string;
  switches: readonly Switch[];
  /** The series that the chart needs while it is seen. */
  keys(board: Board): readonly string[];
  picture(board: Board, chosen: readonly string[]): Picture;
  /** Whether the declared learning rate is wanted. */
  wantsDeclared?: boolean;
  /** Whether room is kept for labels and a caption. */
  hasFooter?: boolean;
}

export const nothing = (empty: string): Picture => ({
  figure: figure(),
  headline: "",
  labels: [],
  caption: "",
  columns: [],
  empty,
});

export function keysOfRole(board: Pick<Board, "run" | "keys">, role: string): string[] {
  const roles = board.run.roles ?? {};
  return board.keys.filter((key) => roles[key] === role);
}

export function firstOfRole(board: Board, role: string): string | undefined {
  return keysOfRole(board, role)[0];
}

/** A series that is declared to be there but has not come yet looks the same as one that is on its way. */
export function trackOfRole(board: Board, role: string): { key: string; track: Track } | null {
  const key = firstOfRole(board, role);
  const track = key === undefined ? undefined : board.track(key);
  return key !== undefined && track !== undefined && track.step.length > 0 ? { key, track } : null;
}

export const WAITING = "Loading…";

/** The steps of the whole run so far, from zero where it began near it. */
export function spanOf(board: Pick<Board, "run">): [number, number] | null {
  const last = board.run.progress?.step ?? board.run.last_step ?? null;
  if (last === null || last === 0) return null;
  const first = board.run.attempts?.[0]?.first_step ?? 0;
  return [first <= last * 0.05 ? 0 : first, last];
}
