/** The small curve of a tried run: its path, where a rule fires on it, and the bound that it is held against. Pure. */
import type { SeriesView } from "../wire";

export const WIDTH = 320;
export const HEIGHT = 56;
const EDGE = 4;

export interface Curve {
  line: string;
  /** From the least to the greatest of each stretch, where points are gathered. */
  band: string;
  xOf: (step: number) => number;
  yOf: (value: number) => number | null;
  least: number;
  greatest: number;
}

const isFinite = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined && Number.isFinite(value);

/** The finite values, and the bound where it lies near enough to be seen without pressing the curve flat. */
function extent(series: SeriesView, bound: number | null): [number, number] {
  const all = [...series.value, ...(series.min ?? []), ...(series.max ?? [])].filter(isFinite);
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of all) [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
  const span = greatest - least || Math.abs(greatest) || 1;
  if (isFinite(bound) && bound > greatest && bound < greatest + 2 * span) greatest = bound;
  if (isFinite(bound) && bound < least && bound > least - 2 * span) least = bound;
  return [least, greatest];
}

function path(xs: readonly number[], ys: readonly (number | null)[]): string {
  let isDown = false;
  return ys
    .map((y, index) => {
      const command = isDown ? "L" : "M";
      isDown = y !== null;
      return y === null ? "" : `${command}${(xs[index] ?? 0).toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}

export function curveOf(series: SeriesView, bound: number | null): Curve | null {
  const [first, last] = [series.step[0], series.step.at(-1)];
  const [least, greatest] = extent(series, bound);
  if (first === undefined || last === undefined || least > greatest) return null;
  const width = last - first || 1;
  const height = greatest - least || 1;
  const xOf = (step: number): number =>
    EDGE + ((Math.min(Math.max(step, first), last) - first) / width) * (WIDTH - 2 * EDGE);
  const yOf = (value: number): number | null => {
    const y = HEIGHT - EDGE - ((value - least) / height) * (HEIGHT - 2 * EDGE);
    return y >= 0 && y <= HEIGHT ? y : null;
  };
  const xs = series.step.map(xOf);
  const ysOf = (values: readonly (number | null)[]): (number | null)[] =>
    values.map((value) => (isFinite(value) ? yOf(value) : null));
  const [lows, highs] = [ysOf(series.min ?? []), ysOf(series.max ?? [])];
  const both = xs
    .map((x, index) => [x, lows[index], highs[index]] as const)
    .filter(([, low, high]) => isFinite(low) && isFinite(high));
  const upper = both.map(([x, , high]) => `${x.toFixed(1)} ${(high ?? 0).toFixed(1)}`);
  const lower = both.map(([x, low]) => `${x.toFixed(1)} ${(low ?? 0).toFixed(1)}`).reverse();
  const band = both.length > 1 ? `M${[...upper, ...lower].join("L")}Z` : "";
  return { line: path(xs, ysOf(series.value)), band, xOf, yOf, least, greatest };
}
