/** Series as the page holds them: points by step, upserted, cut at attempts, thinned to a bound; pure. */
import type { Kind, NonfiniteRun, SeriesView } from "./wire";

/** One series. The first `buckets` points stand for a range of steps each, with its extremes; the rest are as logged. */
export interface Track {
  step: number[];
  ts: number[];
  value: number[]; // NaN where there is no finite value
  low: number[];
  high: number[];
  nonfinite: NonfiniteRun[];
  buckets: number;
  /** The last step of the last bucket. */
  bucketEnd: number;
  /** The last step that is held, which a bucket may hide behind its own first step. */
  end: number;
  /** Usual distance of the points in steps as they were logged, however few of them are held. */
  spacing: number;
}

export const emptyTrack = (): Track => ({
  step: [],
  ts: [],
  value: [],
  low: [],
  high: [],
  nonfinite: [],
  buckets: 0,
  bucketEnd: -1,
  end: -1,
  spacing: 1,
});

const finite = (value: number | null | undefined): number => value ?? NaN;

export function trackOf(view: SeriesView): Track {
  const value = view.value.map(finite);
  const end = Math.max(view.last?.step ?? -1, view.step.at(-1) ?? -1);
  const count = view.count ?? view.step.length;
  return {
    step: [...view.step],
    ts: [...view.ts],
    value,
    low: view.min ? view.min.map(finite) : [...value],
    high: view.max ? view.max.map(finite) : [...value],
    nonfinite: [...(view.nonfinite ?? [])],
    buckets: view.thinned ? value.length : 0,
    bucketEnd: end,
    end,
    spacing: count > 1 ? Math.max(1, (end - (view.step[0] ?? 0)) / (count - 1)) : 1,
  };
}

/** Usual distance of the logged points: as it was told, or as it is where every point is held. */
export function spacingOf(track: Track): number {
  const count = track.step.length;
  if (track.buckets > 0 || count < 2) return track.spacing;
  return Math.max(1, (track.end - (track.step[0] ?? 0)) / (count - 1));
}

/** The points up to a step: as the track would be had the run ended there. */
export function upTo(track: Track, last: number): Track {
  if (track.end <= last) return track;
  const count = lowerBound(track.step, last + 1);
  const cut = (column: number[]): number[] => column.slice(0, count);
  const columns = { step: cut(track.step), ts: cut(track.ts), value: cut(track.value) };
  return {
    ...track,
    ...columns,
    low: cut(track.low),
    high: cut(track.high),
    buckets: Math.min(track.buckets, count),
    bucketEnd: Math.min(track.bucketEnd, last),
    end: last,
    spacing: spacingOf(track),
  };
}

/** The first index whose step is at or after `step`. */
export function lowerBound(steps: readonly number[], step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps[middle] ?? Infinity) < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Takes live points in, in place: the latest of a step wins, a late step is sorted in, a bucket only widens. */
export function upsert(track: Track, view: SeriesView): void {
  const kinds = spread(view.nonfinite ?? []);
  for (let index = 0; index < view.step.length; index += 1) {
    const step = view.step[index] ?? 0;
    put(track, step, view.ts[index] ?? 0, finite(view.value[index]));
    correctKind(track, step, kinds.get(step));
  }
}

function put(track: Track, step: number, ts: number, value: number): void {
  const isNew = step > track.end;
  const after = isNew ? track.step.length : lowerBound(track.step, step + 1);
  const index = after - 1;
  if (isNew) {
    track.end = step;
    insert(track, after, step, ts, value);
  } else if (index >= 0 && index < track.buckets) {
    widen(track, index, value);
  } else if (track.step[index] === step) {
    track.ts[index] = ts;
    track.value[index] = track.low[index] = track.high[index] = value;
  } else {
    insert(track, after, step, ts, value);
    if (after < track.buckets) track.buckets += 1;
  }
}

function insert(track: Track, index: number, step: number, ts: number, value: number): void {
  track.step.splice(index, 0, step);
  track.ts.splice(index, 0, ts);
  for (const column of [track.value, track.low, track.high]) column.splice(index, 0, value);
}

function widen(track: Track, index: number, value: number): void {
  if (Number.isNaN(value)) return;
  track.low[index] = least(track.low[index] ?? NaN, value);
  track.high[index] = greatest(track.high[index] ?? NaN, value);
}

const least = (a: number, b: number): number => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b));
const greatest = (a: number, b: number): number => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b));

function spread(runs: readonly NonfiniteRun[]): Map<number, NonfiniteRun> {
  return new Map(runs.map((run) => [run.step, run]));
}

/** A point that was corrected is no longer what it was: a NaN made finite loses its mark. */
function correctKind(track: Track, step: number, run: NonfiniteRun | undefined): void {
  const list = track.nonfinite;
  const at = list.findIndex(
    (one) => one.step <= step && step <= one.last_step && (one.count === 1 || one.step === step),
  );
  if (run) {
    if (at >= 0 && list[at]?.step === run.step) list[at] = run;
    else if (at < 0) list.push(run);
  } else if (at >= 0 && list[at]?.count === 1) {
    list.splice(at, 1);
  }
}

/**
 * Fewer points for the same picture: buckets of equal width in steps, each with its extremes, so no spike is lost.
 * Equal width, not equal count: a run that is thinned again and again stays as fine at its start as at its end.
 */
export function thin(track: Track, points: number): Track {
  const count = track.step.length;
  if (count <= points) return track;
  const origin = track.step[0] ?? 0;
  const width = ((track.step[count - 1] ?? 0) - origin + 1) / points;
  const result = { ...emptyTrack(), nonfinite: track.nonfinite, end: track.end, bucketEnd: track.end };
  result.spacing = spacingOf(track);
  let first = 0;
  while (first < count) {
    const bucket = Math.floor(((track.step[first] ?? 0) - origin) / width);
    const stop = Math.max(first + 1, lowerBound(track.step, origin + (bucket + 1) * width));
    appendBucket(result, track, first, stop);
    first = stop;
  }
  return { ...result, buckets: result.step.length };
}

function appendBucket(into: Track, from: Track, first: number, stop: number): void {
  let [value, low, high] = [NaN, NaN, NaN];
  for (let index = first; index < stop; index += 1) {
    const one = from.value[index] ?? NaN;
    if (!Number.isNaN(one)) value = one;
    low = least(low, from.low[index] ?? NaN);
    high = greatest(high, from.high[index] ?? NaN);
  }
  into.step.push(from.step[first] ?? 0);
  into.ts.push(from.ts[first] ?? 0);
  into.value.push(value);
  into.low.push(low);
  into.high.push(high);
}

/** The last finite value at or before a step; where there is none, the first after it. */
export function valueNear(track: Track, step: number): number | null {
  let index = lowerBound(track.step, step + 1) - 1;
  while (index >= 0 && Number.isNaN(track.value[index])) index -= 1;
  if (index < 0) index = track.value.findIndex((value) => !Number.isNaN(value));
  return index < 0 ? null : (track.value[index] ?? null);
}

/** Where each value stands: a bucket is known by its first step, but its value is that of its last. */
export function valueSteps(track: Track): number[] {
  return track.step.map((step, index) => {
    if (index >= track.buckets) return step;
    return index === track.buckets - 1 ? track.bucketEnd : (track.step[index + 1] ?? step) - 1;
  });
}

export function lastFinite(track: Track | undefined): { step: number; value: number } | null {
  if (!track) return null;
  const isLastBucket = track.buckets > 0 && track.buckets === track.step.length;
  if (isLastBucket && !Number.isNaN(track.value.at(-1)))
    return { step: track.bucketEnd, value: track.value.at(-1) ?? NaN };
  for (let index = track.step.length - 1; index >= 0; index -= 1) {
    const value = track.value[index] ?? NaN;
    if (!Number.isNaN(value)) return { step: track.step[index] ?? 0, value };
  }
  return null;
}

export const KIND_WORDS: Record<Kind, string> = { nan: "NaN", inf: "+Inf", "-inf": "−Inf" };
