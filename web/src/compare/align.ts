/** Series of several runs on one x axis, and their difference to a base; between points only, never beyond; pure. */
import { valueSteps, type Track } from "../series";

/** Points by rising `x`; a value that is not finite is NaN, and a gap. */
export interface Curve {
  x: number[];
  value: number[];
}

/** Knots that tell where a step stands on another axis; both columns rise. */
export interface Scale {
  step: number[];
  x: number[];
}

/** The place of the last element that is not greater; -1 where all are. */
function placeOf(rising: readonly number[], at: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** What lies at `at` on the straight lines between points; NaN beyond the ends, and beside a point that is not finite. */
export function interpolate(x: readonly number[], y: readonly number[], at: number): number {
  const place = placeOf(x, at);
  if (place < 0 || Number.isNaN(at)) return NaN;
  const [x0, y0] = [x[place] ?? NaN, y[place] ?? NaN];
  if (x0 === at) return y0;
  const [x1, y1] = [x[place + 1] ?? NaN, y[place + 1] ?? NaN];
  return y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
}

/** Knots without what is unknown or goes back: a clock that was set back stands still instead. */
export function scaleOf(step: readonly number[], x: readonly number[]): Scale {
  const scale: Scale = { step: [], x: [] };
  let greatest = -Infinity;
  step.forEach((one, index) => {
    const there = x[index] ?? NaN;
    if (!Number.isFinite(there)) return;
    greatest = Math.max(greatest, there);
    scale.step.push(one);
    scale.x.push(greatest);
  });
  return scale;
}

/** The seconds since `start` by step, told by the points of a series itself. */
export function timeScale(track: Track, start: number, last?: { step: number; ts: number } | null): Scale {
  const [step, ts] = [[...track.step], track.ts.map((one) => one - start)];
  if (last && last.step > (step.at(-1) ?? -1)) {
    step.push(last.step);
    ts.push(last.ts - start);
  }
  return scaleOf(step, ts);
}

/** The tokens by step; `null` where they are no running count, so that they tell nothing of progress. */
export function tokenScale(track: Track | undefined): Scale | null {
  if (!track) return null;
  const [step, value] = [valueSteps(track), track.value];
  const finite = value.filter((one) => !Number.isNaN(one));
  const falls = finite.some((one, index) => one < (finite[index - 1] ?? -Infinity));
  if (finite.length < 2 || falls || finite[0] === finite.at(-1)) return null;
  return scaleOf(step, value);
}

/** A series on an axis; without a scale that of steps. What lies beyond the scale is left out. */
export function curveOf(track: Track, scale: Scale | null): Curve {
  const steps = valueSteps(track);
  if (!scale) return { x: steps, value: [...track.value] };
  const curve: Curve = { x: [], value: [] };
  steps.forEach((step, index) => {
    const x = interpolate(scale.step, scale.x, step);
    if (Number.isNaN(x)) return;
    curve.x.push(x);
    curve.value.push(track.value[index] ?? NaN);
  });
  return curve;
}

/** A curve against the base at equal x, where both have been: the difference, or the ratio. */
export function against(curve: Curve, base: Curve, as: "difference" | "ratio"): Curve {
  const result: Curve = { x: [], value: [] };
  const [first, last] = [base.x[0] ?? NaN, base.x.at(-1) ?? NaN];
  curve.x.forEach((x, index) => {
    if (!(x >= first && x <= last)) return;
    const [one, other] = [curve.value[index] ?? NaN, interpolate(base.x, base.value, x)];
    result.x.push(x);
    result.value.push(as === "difference" ? one - other : other === 0 ? NaN : one / other);
  });
  return result;
}

/** The last finite point of a curve. */
export function endOf({ x, value }: Curve): { x: number; value: number } | null {
  for (let index = x.length - 1; index >= 0; index -= 1) {
    const one = value[index] ?? NaN;
    if (Number.isFinite(one)) return { x: x[index] ?? NaN, value: one };
  }
  return null;
}
