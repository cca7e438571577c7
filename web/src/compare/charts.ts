/** Which charts lie over each other, and what each shows for the runs that are compared; pure. */
import type { Format, Line } from "../chart/figure";
import { smooth } from "../derive";
import { against, curveOf, endOf, timeScale, tokenScale, type Curve } from "./align";
import type { Place } from "./place";
import type { Held } from "./store";
import type { Stroke } from "./strokes";
import type { MetricRow } from "./wire";

/** Fewer points than this are drawn as dots on a line, more smoothed. */
const SMOOTH_FROM = 60;
/** So many runs leave room for the raw curves behind the smoothed ones. */
const MOST_RAW = 3;
/** Series that climb or stay by nature: a smoothed line would only lag behind them. */
const PLAIN = /^(lr|learning_rate)$|(^|\/)(weights?\/|lr|update$|epoch$|memory|loss_scale)|tokens$|bytes$/;

const OTHERS = "Other series";

const TITLES: Record<string, string> = {
  "train.loss": "Loss, train",
  "eval.loss": "Loss, eval",
  lr: "Learning rate",
  perplexity: "Perplexity",
  accuracy: "Accuracy",
  throughput: "Throughput",
  tokens: "Tokens",
};

export interface Overlay {
  id: string;
  title: string;
  row: MetricRow;
}

export interface Group {
  name: string;
  overlays: Overlay[];
}

const overlayOf = (row: MetricRow): Overlay => ({
  id: row.role === null ? `series:${row.name}` : `role:${row.role}`,
  title: TITLES[row.role ?? ""] ?? row.name,
  row,
});

/** Charts by role in a group without a name, and the rest grouped by the first part of its path. */
export function groupsOf(rows: readonly MetricRow[]): Group[] {
  const byRole = rows.filter(({ role }) => role !== null && role !== "tokens").map(overlayOf);
  const groups = new Map<string, Overlay[]>();
  for (const row of rows.filter(({ role }) => role === null)) {
    const slash = row.name.indexOf("/");
    const name = slash > 0 ? row.name.slice(0, slash) : OTHERS;
    groups.set(name, [...(groups.get(name) ?? []), overlayOf(row)]);
  }
  const isLast = (name: string): number => Number(name === OTHERS);
  const names = [...groups.keys()].sort((a, b) => isLast(a) - isLast(b) || (a < b ? -1 : 1));
  const others = names.map((name) => ({ name, overlays: groups.get(name) ?? [] }));
  return byRole.length > 0 ? [{ name: "", overlays: byRole }, ...others] : others;
}

export const formatOf = (row: MetricRow, as: Place["as"]): Format => {
  if (as === "ratio") return "value";
  if (row.role === "lr") return "lr";
  return row.role === "throughput" ? "rate" : "value";
};

/** A run as a chart draws it. */
export interface Side {
  id: string;
  name: string;
  stroke: Stroke;
  startedAt: number;
  held: Held | undefined;
  tokens: Held | undefined;
}

/** A side as a curve on the chosen axis; `null` where it has none there. */
export function placed({ held, tokens, startedAt }: Side, at: Place["at"]): Curve | null {
  if (!held || held.track.step.length === 0) return null;
  if (at === "step") return curveOf(held.track, null);
  const scale = at === "time" ? timeScale(held.track, startedAt, held.last) : tokenScale(tokens?.track);
  return scale && curveOf(held.track, scale);
}

export interface Drawn {
  side: Side;
  curve: Curve;
  /** The values smoothed, where there are enough of them. */
  smoothed: number[] | null;
  /** Where it ends: as logged, or against a base as smoothed, since one point less another is mostly noise. */
  end: { x: number; value: number } | null;
}

/** What is drawn of a series: each side as it is, or against the base where both have been. */
export function drawn(
  sides: readonly Side[],
  row: MetricRow,
  { at, as, base }: Pick<Place, "at" | "as" | "base">,
): Drawn[] {
  const curves = sides.flatMap((side) => {
    const curve = placed(side, at);
    return curve ? [{ side, curve }] : [];
  });
  const isPlain = row.role === "lr" || PLAIN.test(row.name);
  const told = (side: Side, curve: Curve): Drawn => {
    const smoothed = isPlain || curve.x.length < SMOOTH_FROM ? null : smooth(curve.x, curve.value);
    const ends = as === "values" || !smoothed ? curve : { x: curve.x, value: smoothed };
    return { side, curve, smoothed, end: endOf(ends) };
  };
  if (as === "values") return curves.map(({ side, curve }) => told(side, curve));
  const ground = curves.find(({ side }) => side.id === base)?.curve;
  return ground ? curves.map(({ side, curve }) => told(side, against(curve, ground, as))) : [];
}

/** The lines of a chart: raw behind smoothed where there is room, dots where there are few points. */
export function linesOf(shown: readonly Drawn[]): Line[] {
  return shown.flatMap((one) => lineOf(one, shown.length <= MOST_RAW));
}

function lineOf({ side: { name, stroke }, curve: { x, value }, smoothed }: Drawn, hasRoom: boolean): Line[] {
  const { colour, pattern } = stroke;
  if (!smoothed) return [{ name, step: x, value, colour, pattern, ...(x.length < SMOOTH_FROM ? { dots: true } : {}) }];
  const raw: Line[] = hasRoom ? [{ name: `${name}, as logged`, step: x, value, colour, faint: true }] : [];
  return [...raw, { name, step: x, value: smoothed, colour, pattern }];
}

/** From the first to the last x of all that is drawn; from zero where it begins near it. */
export function spanOf(shown: readonly Drawn[]): [number, number] | null {
  const ends = shown.flatMap(({ curve }) => (curve.x.length > 0 ? [curve.x[0] ?? 0, curve.x.at(-1) ?? 0] : []));
  if (ends.length === 0) return null;
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  return [first >= 0 && first <= last * 0.05 ? 0 : first, last];
}
