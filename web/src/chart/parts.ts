/** Which series are asked for anew for a window or an attempt, from which step on, and in which requests; pure. */
import { spacingOf, upsert, type Track } from "../series";
import type { SeriesView } from "../wire";
import type { Window } from "./lens";

/** What of a run is looked at; `to` is `null` where the window goes to the end. */
export interface Aim {
  window: Window | null;
  attempt: number | null;
}

/** As many points as a window shows of a series. */
const POINTS = 800;
/** So many logged points before the window enter into what is smoothed in it. */
const LEAD = 400;
const MOST_KEYS = 24;

/** Whether the whole-run track cannot show the window as finely as it was logged. */
export const isCoarse = (track: Track, window: Window): boolean =>
  track.buckets > 0 && track.bucketEnd >= window[0] && (track.step[0] ?? 0) <= window[1];

export interface Ask {
  keys: string[];
  from: number | null;
  to: number | null;
  points: number;
}

/** Where to begin before a window, so that smoothing has settled by its left edge. */
export function leadOf([from, to]: Window, spacing: number, end: number): number {
  const width = Math.max(1, Math.min(to, end) - from);
  return Math.max(0, Math.floor(from - Math.max(width / 2, LEAD * spacing)));
}

/** Series of like density share a request: what leads far enough for the one would thin the other. */
export function asksFor(aim: Aim, keys: readonly string[], track: (key: string) => Track | undefined): Ask[] {
  const { window } = aim;
  if (!window) return chunks(keys).map((some) => ({ keys: some, from: null, to: null, points: POINTS }));
  const groups = new Map<number, string[]>();
  for (const key of keys) {
    const held = track(key);
    const density = Math.round(Math.log2(held ? spacingOf(held) : 1));
    groups.set(density, [...(groups.get(density) ?? []), key]);
  }
  const to = Number.isFinite(window[1]) ? window[1] : null;
  return [...groups].flatMap(([density, alike]) => {
    const end = Math.max(...alike.map((key) => track(key)?.end ?? 0));
    const from = leadOf(window, 2 ** density, end);
    const width = Math.max(1, Math.min(window[1], end) - window[0]);
    const points = Math.ceil(POINTS * Math.min(2, 1 + (window[0] - from) / width));
    return chunks(alike).map((some) => ({ keys: some, from, to, points }));
  });
}

function chunks(keys: readonly string[]): string[][] {
  const result: string[][] = [];
  for (let at = 0; at < keys.length; at += MOST_KEYS) result.push(keys.slice(at, at + MOST_KEYS));
  return result;
}

/** Takes in what came live while the answer was on its way: the whole-run track holds it as logged. */
export function catchUp(track: Track, live: Track | undefined, to: number): void {
  if (!live) return;
  const steps = live.step
    .map((_, index) => index)
    .filter((index) => {
      const step = live.step[index] ?? 0;
      return index >= live.buckets && step > track.end && step <= to;
    });
  const pick = (column: readonly number[]): number[] => steps.map((index) => column[index] ?? NaN);
  const step = pick(live.step);
  const nonfinite = live.nonfinite.filter((run) => run.step > track.end && run.step <= to);
  upsert(track, { step, ts: pick(live.ts), value: pick(live.value), nonfinite });
}

/** The points of a frame up to a step. */
export function before(view: SeriesView, to: number): SeriesView {
  if ((view.step.at(-1) ?? 0) <= to) return view;
  const kept = view.step.map((_, index) => index).filter((index) => (view.step[index] ?? 0) <= to);
  return {
    step: kept.map((index) => view.step[index] ?? 0),
    ts: kept.map((index) => view.ts[index] ?? 0),
    value: kept.map((index) => view.value[index] ?? null),
    nonfinite: (view.nonfinite ?? []).filter(({ step }) => step <= to),
  };
}
