/** What stands along the x axis: each step has a place on it, and each place a step; pure. */
import { lowerBound, type Track } from "../series";
import type { Intent } from "../wire";
import type { XAxis } from "./lens";

export interface Axis {
  kind: XAxis;
  /** What a place on it is called, where that is not the kind. */
  name?: string;
  /** Where a step stands. */
  of: (step: number) => number;
  /** The step that stands there, not rounded. */
  step: (x: number) => number;
}

export const STEPS: Axis = { kind: "step", of: (step) => step, step: (x) => x };

const scaled = (kind: XAxis, by: number): Axis => ({ kind, of: (step) => step * by, step: (x) => x / by });

/** The value between two knots that belongs to `at`; beyond the ends it goes on at the pace of the whole. */
function between(from: readonly number[], to: readonly number[], at: number): number {
  const count = from.length;
  const [f, t] = [(index: number): number => from[index] ?? 0, (index: number): number => to[index] ?? 0];
  const next = lowerBound(from, at);
  const isOutside = next === 0 || next === count;
  const [a, b] = isOutside ? [0, count - 1] : [next - 1, next];
  const edge = next === count ? count - 1 : a;
  const width = f(b) - f(a);
  return width === 0 ? t(edge) : t(edge) + ((at - f(edge)) / width) * (t(b) - t(a));
}

/** An axis through points that were logged; where their values go back, time and the like stand still. */
export function knotted(kind: XAxis, steps: readonly number[], values: readonly number[], origin = 0): Axis | null {
  const [from, to]: [number[], number[]] = [[], []];
  let most = -Infinity;
  steps.forEach((step, index) => {
    const value = values[index] ?? NaN;
    if (Number.isNaN(value)) return;
    most = Math.max(most, value - origin);
    from.push(step);
    to.push(most);
  });
  if (from.length < 2 || to[0] === to.at(-1)) return null;
  return { kind, of: (step) => between(from, to, step), step: (x) => between(to, from, x) };
}

/** All that the axes are made of. */
export interface AxisFacts {
  intent: Intent | null | undefined;
  /** When the run began, in seconds. */
  startedAt: number | null;
  /** A series with many points: it tells when each step was. */
  clock: Track | undefined;
  update: Track | undefined;
  epoch: Track | undefined;
  /** Whether these are logged, loaded or not. */
  logs: { clock: boolean; update: boolean; epoch: boolean };
}

const logged = (kind: XAxis, track: Track | undefined): Axis | null =>
  track ? knotted(kind, track.step, track.value) : null;

function updates({ intent, update }: AxisFacts): Axis | null {
  const told = logged("update", update);
  if (told) return told;
  if (intent?.step_unit === "update") return scaled("update", 1);
  return intent?.accumulation ? scaled("update", 1 / intent.accumulation) : null;
}

function epochs({ intent, epoch }: AxisFacts): Axis | null {
  if (intent?.steps_per_epoch) {
    const batches = intent.step_unit === "update" ? (intent.accumulation ?? 1) : 1;
    return scaled("epoch", batches / intent.steps_per_epoch);
  }
  return logged("epoch", epoch);
}

/** The axis of a kind as far as it can be told now; `null` where it cannot. */
export function axisOf(kind: XAxis, facts: AxisFacts): Axis | null {
  const { clock, startedAt } = facts;
  if (kind === "update") return updates(facts);
  if (kind === "epoch") return epochs(facts);
  if (kind === "step") return STEPS;
  if (!clock) return null;
  return knotted(kind, clock.step, clock.ts, kind === "wall" ? 0 : (startedAt ?? clock.ts[0] ?? 0));
}

/** Why an axis cannot be; empty where it can, or will be once its series is loaded. */
export function whyNot(kind: XAxis, facts: AxisFacts): string {
  if (axisOf(kind, facts)) return "";
  const { update, epoch, clock, logs } = facts;
  if (kind === "update" && (!logs.update || update?.step.length === 1))
    return "Updates are not known: declare accumulation in the intent, or log update.";
  if (kind === "epoch" && (!logs.epoch || epoch?.step.length === 1))
    return "Epochs are not known: declare steps_per_epoch in the intent, or log epoch.";
  const isTime = kind === "relative" || kind === "wall";
  return isTime && (!logs.clock || clock?.step.length === 1) ? "Time needs at least two points." : "";
}
