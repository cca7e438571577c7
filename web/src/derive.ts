/** Curves made of curves: smoothing, eval against train, weighted components and their shares; pure. */
import type { Smoothing } from "./chart/lens";
import { lowerBound, valueNear, valueSteps, type Track } from "./series";
import type { Intent } from "./wire";

/** How many points of usual distance the smoothing reaches back. */
const REACH = 8;

/**
 * An exponential mean over steps, without the bias of its start: the first points are means of what there is, not of
 * zero. What a point still weighs depends on how many steps ago it was, so that uneven buckets do not bend the curve.
 */
function fading(steps: readonly number[], values: readonly number[], rate: number): number[] {
  let [sum, weight, before] = [0, 0, steps[0] ?? 0];
  return values.map((value, index) => {
    const step = steps[index] ?? before;
    const keep = Math.exp((before - step) * rate);
    before = step;
    [sum, weight] = [sum * keep, weight * keep];
    if (!Number.isNaN(value)) [sum, weight] = [sum + value, weight + 1];
    return weight === 0 ? NaN : sum / weight;
  });
}

/** Smoothing by eye: it reaches as far as suits the points at hand. */
export function smooth(steps: readonly number[], values: readonly number[]): number[] {
  const span = (steps.at(-1) ?? 0) - (steps[0] ?? 0);
  return fading(steps, values, Math.max(1, steps.length - 1) / (REACH * Math.max(1, span)));
}

/** Keeps `amount` from one logged point to the next; told in steps, so that a thinned curve is smoothed as much. */
export function ema(steps: readonly number[], values: readonly number[], amount: number, spacing = 1): number[] {
  return fading(steps, values, -Math.log(amount) / spacing);
}

/** The median of the last so many logged points at each; points that are not finite count for nothing. */
export function runningMedian(
  steps: readonly number[],
  values: readonly number[],
  count: number,
  spacing = 1,
): number[] {
  const reach = (count - 0.5) * spacing;
  const sorted: number[] = [];
  let first = 0;
  return values.map((value, index) => {
    if (!Number.isNaN(value)) sorted.splice(lowerBound(sorted, value), 0, value);
    for (; first < index && (steps[index] ?? 0) - (steps[first] ?? 0) >= reach; first += 1) {
      const gone = values[first] ?? NaN;
      if (!Number.isNaN(gone)) sorted.splice(lowerBound(sorted, gone), 1);
    }
    const middle = sorted.length >> 1;
    const upper = sorted[middle] ?? NaN;
    return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
  });
}

/** A curve smoothed as it was asked for; `none` gives it back as it is. */
export function smoothedBy(
  told: Smoothing,
  steps: readonly number[],
  values: readonly number[],
  spacing: number,
): readonly number[] {
  if (told.kind === "none") return values;
  if (told.kind === "ema") return ema(steps, values, told.amount, spacing);
  return told.kind === "median" ? runningMedian(steps, values, told.amount, spacing) : smooth(steps, values);
}

export function median(values: readonly number[]): number | null {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

export const RATIO_UPDATES = 50;

/** How many logged steps make one update. */
export function stepsPerUpdate(intent: Intent | null | undefined): number {
  if (!intent || intent.step_unit === "update") return 1;
  return Math.max(1, intent.accumulation ?? 1);
}

export interface Curve {
  step: number[];
  value: number[];
}

/** Each eval loss over the median train loss of the last 50 updates up to its step. */
export function evalRatio(train: Track, evaluation: Track, perUpdate: number): Curve {
  const curve: Curve = { step: [], value: [] };
  const trained = valueSteps(train);
  valueSteps(evaluation).forEach((step, index) => {
    const from = lowerBound(trained, step - RATIO_UPDATES * perUpdate + 1);
    const to = lowerBound(trained, step + 1);
    const base = median(train.value.slice(from, to)) ?? valueNear(train, step);
    const value = evaluation.value[index] ?? NaN;
    if (base === null || base === 0 || Number.isNaN(value)) return;
    curve.step.push(step);
    curve.value.push(value / base);
  });
  return curve;
}

export type ComponentView = "raw" | "weighted" | "share";

export interface Component {
  name: string;
  track: Track;
  /** The weight as logged step by step, where it was. */
  logged: Track | undefined;
  /** The weight as declared. */
  declared: number | undefined;
}

/** A component's weight at a step: as logged, else as declared, else unknown. */
export function weightAt(component: Component, step: number): number | null {
  const logged = component.logged ? valueNear(component.logged, step) : null;
  return logged ?? component.declared ?? null;
}

/** A component before or after its weight; NaN where the weight is unknown. */
export function componentCurve(component: Component, view: "raw" | "weighted", areWeighted: boolean): Curve {
  const { value } = component.track;
  const step = valueSteps(component.track);
  if (areWeighted === (view === "weighted")) return { step, value };
  const scaled = value.map((one, index) => {
    const weight = weightAt(component, step[index] ?? 0);
    if (weight === null || (areWeighted && weight === 0)) return NaN;
    return areWeighted ? one / weight : one * weight;
  });
  return { step, value: scaled };
}

/** Each component's part of the weighted sum, at the steps where every one of them is known. */
export function shareCurves(components: readonly Component[], areWeighted: boolean): Map<string, Curve> {
  const curves = components.map((component) => componentCurve(component, "weighted", areWeighted));
  const known = curves.map((curve) => new Map(curve.step.map((step, index) => [step, curve.value[index] ?? NaN])));
  const result = new Map(components.map(({ name }): [string, Curve] => [name, { step: [], value: [] }]));
  for (const step of curves[0]?.step ?? []) {
    const values = known.map((one) => one.get(step) ?? NaN);
    const sum = values.reduce((total, value) => total + value, 0);
    if (!Number.isFinite(sum) || sum === 0) continue;
    components.forEach(({ name }, index) => {
      const curve = result.get(name);
      curve?.step.push(step);
      curve?.value.push((values[index] ?? NaN) / sum);
    });
  }
  return result;
}

/** The shares that the intent declares: each one's own, or its weight's part where shares were made a target. */
export function declaredShares(intent: Intent | null | undefined): Map<string, number> {
  const result = new Map<string, number>();
  for (const [name, loss] of Object.entries(intent?.losses ?? {})) {
    if (typeof loss?.share === "number") result.set(name, loss.share);
  }
  return result;
}
