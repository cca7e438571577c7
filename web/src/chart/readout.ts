/** What stands on a chart at a step: the value of each line, and the marks beside it; pure. */
import { formatLr, formatValue } from "../format";
import { lowerBound } from "../series";
import { placeOf, type Ground } from "./ground";
import type { Colour } from "./figure";
import type { Column, Picture } from "./spec";

export interface Reading {
  name: string;
  colour: Colour | null;
  text: string;
  /** The least and greatest of its bucket, where it stands for many. */
  range: string;
  step: number;
}

const NEAR_PIXELS = 9;
const MOST_MARKS = 3;

/** A learning rate stands there with the digits of its headline: the table has all of them. */
const wordsOf = (picture: Picture, column: Column, value: number, isBrief: boolean): string => {
  if (Number.isNaN(value)) return "not finite";
  if (picture.figure.format === "lr") return formatLr(value);
  return isBrief && picture.figure.format === "value" ? formatValue(value) : column.format(value);
};

/** Each line's value at a step; in full with the least and greatest of its bucket where it is thinned. */
export function readingsAt(picture: Picture, where: number, isBrief = false): Reading[] {
  return picture.columns.flatMap((column) => {
    const index = lowerBound(column.step, where + 1) - 1;
    if (index < 0) return [];
    const { name, step, value, format, thinned } = column;
    const colour = picture.figure.lines.find((line) => line.name === name)?.colour ?? null;
    const [low, high] = [thinned?.low[index] ?? NaN, thinned?.high[index] ?? NaN];
    const range = low < high && !isBrief ? `${format(low)} to ${format(high)}` : "";
    const text = wordsOf(picture, column, value[index] ?? NaN, isBrief);
    return [{ name, colour, text, range, step: step[index] ?? 0 }];
  });
}

/** The words of the marks that stand at a place, the nearest first. */
export function marksNear(ground: Ground, pixels: number): string[] {
  const away = (step: number): number => Math.abs(placeOf(ground, step) - pixels);
  const near = ground.figure.marks.filter(({ step }) => away(step) <= NEAR_PIXELS);
  near.sort((a, b) => away(a.step) - away(b.step));
  return [...new Set(near.map(({ text }) => text))].slice(0, MOST_MARKS);
}

/** Every step at which a chart has a point. */
export const stepsOf = (columns: readonly Column[]): number[] =>
  [...new Set(columns.flatMap(({ step }) => step))].sort((a, b) => a - b);

/** The point nearest to a step, which itself stands between points. */
export function nearest(steps: readonly number[], where: number): number | null {
  const index = lowerBound(steps, where);
  const [before, after] = [steps[index - 1], steps[index]];
  if (before === undefined || after === undefined) return before ?? after ?? null;
  return where - before < after - where ? before : after;
}

/** The point so many points on from a step; from nowhere, the last one. */
export function neighbour(steps: readonly number[], from: number | null, by: number): number | null {
  if (from === null) return steps.at(-1) ?? null;
  const index = by > 0 ? lowerBound(steps, from + 1) : lowerBound(steps, from) - 1;
  return steps[Math.min(Math.max(index, 0), steps.length - 1)] ?? null;
}
