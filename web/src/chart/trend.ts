/** What a curve does, as somebody who looks at it would say; pure. */
import type { Column } from "./spec";

export interface Course {
  verb: "falls" | "rises" | "stays level" | "wavers";
  /** What the last quarter does, where that is worth a word. */
  tail: string;
  first: number;
  last: number;
  least: { step: number; value: number };
  greatest: { step: number; value: number };
}

/** Of the range: what moves less than this shows no way. */
const LEVEL = 0.1;
const TAIL_LEVEL = 0.04;
const TAIL_FROM = 8;

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/** By how much the end of some values differs from their start: tenths of them are compared, so that noise is not. */
function change(values: readonly number[]): number {
  const part = Math.max(1, Math.floor(values.length / 10));
  return mean(values.slice(-part)) - mean(values.slice(0, part));
}

function extreme({ step, value }: Pick<Column, "step" | "value">, sign: 1 | -1): { step: number; value: number } {
  const found = { step: step[0] ?? 0, value: sign * -Infinity };
  value.forEach((one, index) => {
    if (sign * one > sign * found.value) Object.assign(found, { step: step[index] ?? 0, value: one });
  });
  return found;
}

function tailOf(values: readonly number[], range: number, moved: number): string {
  if (values.length < TAIL_FROM) return "";
  const late = change(values.slice(-Math.floor(values.length / 4)));
  if (Math.abs(late) < range * TAIL_LEVEL) return "level in the last quarter";
  const way = late > 0 ? "rising" : "falling";
  return `${late > 0 === moved > 0 ? `still ${way}` : `${way} again`} in the last quarter`;
}

/** `null` where no point is finite. Extremes are those of every point, also where the column is thinned. */
export function courseOf(column: Column): Course | null {
  const { step, value, thinned } = column;
  const finite = value.filter((one) => !Number.isNaN(one));
  const [first, last] = [finite[0], finite.at(-1)];
  if (first === undefined || last === undefined) return null;
  const least = extreme({ step, value: thinned?.low ?? value }, -1);
  const greatest = extreme({ step, value: thinned?.high ?? value }, 1);
  // The range of the drawn line: single spikes of a thinned one would make every way look small.
  const range = Math.max(...ends(finite)) - Math.min(...ends(finite));
  const moved = change(finite);
  if (range === 0) return { verb: "stays level", tail: "", first, last, least, greatest };
  if (Math.abs(moved) < range * LEVEL) return { verb: "wavers", tail: "", first, last, least, greatest };
  return { verb: moved > 0 ? "rises" : "falls", tail: tailOf(finite, range, moved), first, last, least, greatest };
}

/** Least and greatest, without handing thousands of values to one call. */
const ends = (values: readonly number[]): [number, number] =>
  values.reduce<[number, number]>(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [Infinity, -Infinity]);
