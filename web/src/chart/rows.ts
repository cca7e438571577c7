/** The rows of the table behind a chart: one a step, from the newest down or from the first up; pure. */
import type { Column } from "./spec";

/** `down` has the newest step first. */
export type Direction = "down" | "up";

export interface Row {
  step: number;
  cells: string[];
}

/** Where a value stands for many, its extremes are columns too. */
export function expanded(columns: readonly Column[]): Column[] {
  return columns.flatMap(({ thinned, ...column }) => {
    if (!thinned) return column;
    const side = (name: string, value: readonly number[]): Column => ({ ...column, name, value });
    return [column, side(`${column.name}, least`, thinned.low), side(`${column.name}, greatest`, thinned.high)];
  });
}

/** Every step of the columns, in order. */
export function stepsOf(columns: readonly Column[], direction: Direction): number[] {
  const steps = [...new Set(columns.flatMap(({ step }) => step))];
  return steps.sort(direction === "down" ? (a, b) => b - a : (a, b) => a - b);
}

export function rowsOf(columns: readonly Column[], most: number, direction: Direction = "down"): Row[] {
  const shown = expanded(columns);
  const maps = shown.map(({ step, value }) => new Map(step.map((one, index) => [one, value[index] ?? NaN])));
  const steps = stepsOf(columns, direction).slice(0, most);
  return steps.map((step) => ({
    step,
    cells: shown.map(({ format }, index) => {
      const value = maps[index]?.get(step);
      if (value === undefined) return "";
      return Number.isNaN(value) ? "not finite" : format(value);
    }),
  }));
}
