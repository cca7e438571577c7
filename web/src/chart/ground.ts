/** Where steps and values stand on a drawn chart, in pixels of its element; pure. */
import type { Axis } from "./axis";
import { lowerBound } from "../series";
import type { Figure, Line } from "./figure";

export const MARGIN = { l: 50, r: 10, t: 8, b: 24 };
const AIR_X = 0.01;
const AIR_Y = 0.06;

export type Range = readonly [least: number, greatest: number];

export interface Ground {
  figure: Figure;
  axis: Axis;
  /** The rectangle of the curves. */
  left: number;
  top: number;
  width: number;
  height: number;
  /** What stands at the left and right edge, on the x axis. */
  x: Range;
  /** What stands at the lower and upper edge; logarithms to ten where the axis is logarithmic. */
  y: Range;
}

/** The x axis of a figure from edge to edge. */
export function rangeOf({ span, axis }: Figure): Range {
  const [first, last] = span ? [axis.of(span[0]), axis.of(span[1])] : [0, 1];
  const air = (last - first) * AIR_X;
  return last > first ? [first - air, last + air] : [first - 0.5, first + 0.5];
}

/** Where a line that goes on beyond an edge crosses it. */
function crossing({ step, value }: Pick<Line, "step" | "value">, edge: number): number {
  const after = lowerBound(step, edge);
  const [a, b] = [step[after - 1], step[after]];
  if (a === undefined || b === undefined) return NaN;
  const [from, to] = [value[after - 1] ?? NaN, value[after] ?? NaN];
  return from + ((edge - a) / (b - a)) * (to - from);
}

/** The least and greatest value within the steps that are drawn. */
function extremes({ lines, bands, marks, span, log }: Figure): [number, number] {
  let [least, greatest] = [Infinity, -Infinity];
  const [from, to] = span ?? [-Infinity, Infinity];
  const take = (value: number): void => {
    if (log && value <= 0) return;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  };
  const takeAll = (steps: readonly number[], values: readonly number[]): void => {
    for (let index = 0; index < steps.length; index += 1) {
      const step = steps[index] ?? 0;
      if (step >= from && step <= to) take(values[index] ?? NaN);
    }
  };
  for (const line of lines) {
    takeAll(line.step, line.value);
    for (const edge of [from, to]) take(crossing(line, edge));
  }
  for (const { step, low, high } of bands) for (const edge of [low, high]) takeAll(step, edge);
  for (const { step, value } of marks) if (value !== null) takeAll([step], [value]);
  return [least, greatest];
}

/** The y axis from edge to edge: all that is drawn, with some air; a curve that never moves gets its own size. */
export function valueRange(figure: Figure): Range {
  const [least, greatest] = extremes(figure);
  if (least > greatest) return [0, 1];
  if (figure.log) {
    const [low, high] = [Math.log10(least), Math.log10(greatest)];
    const air = Math.max((high - low) * AIR_Y, low === high ? 0.3 : 0.01);
    return [low - air, high + air];
  }
  if (least === greatest) {
    const air = least === 0 ? 1 : Math.abs(least) * 0.5;
    return figure.fromZero && least >= 0 ? [0, least + air] : [least - air, least + air];
  }
  const [low, high] = figure.fromZero ? [Math.min(0, least), Math.max(0, greatest)] : [least, greatest];
  const air = (high - low) * AIR_Y;
  return [low - air, high + air];
}

export function groundOf(figure: Figure, width: number, height: number): Ground {
  return {
    figure,
    axis: figure.axis,
    left: MARGIN.l,
    top: MARGIN.t,
    width: Math.max(1, width - MARGIN.l - MARGIN.r),
    height: Math.max(1, height - MARGIN.t - MARGIN.b),
    x: rangeOf(figure),
    y: valueRange(figure),
  };
}

/** How many pixels from the left of the element a step stands. */
export function placeOf({ axis, left, width, x }: Ground, step: number): number {
  return left + ((axis.of(step) - x[0]) / (x[1] - x[0])) * width;
}

/** The step that stands so many pixels from the left of the element, not rounded. */
export function stepAt({ axis, left, width, x }: Ground, pixels: number): number {
  return axis.step(x[0] + ((pixels - left) / width) * (x[1] - x[0]));
}

/** How many pixels from the top of the element a value stands. */
export function heightOf({ figure, top, height, y }: Ground, value: number): number {
  const at = figure.log ? Math.log10(value) : value;
  return top + height - ((at - y[0]) / (y[1] - y[0])) * height;
}
