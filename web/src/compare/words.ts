/** The charts of a comparison in words: why one is empty, and what it shows to those who do not see it; pure. */
import { STEPS, type Axis } from "../chart/axis";
import { formatCount, formatDuration } from "../format";
import { placed, type Drawn, type Overlay, type Side } from "./charts";
import { figureText } from "./naming";
import type { At, Manner, Place } from "./place";

export const AT_WORDS: Record<At, string> = { step: "step", time: "time", tokens: "tokens" };
export const AS_WORDS: Record<Manner, string> = {
  values: "values",
  difference: "difference to base",
  ratio: "ratio to base",
};
export const NO_TOKENS = "No run logs its tokens: log a running count as train/tokens.";

/** What stands along the x axis; the points are told on it already. */
export const AXIS: Record<At, Axis> = {
  step: STEPS,
  time: { ...STEPS, kind: "relative" },
  tokens: { ...STEPS, name: "tokens" },
};

/** Where on the x axis, in words. */
export function atText(at: At, x: number): string {
  if (at === "time") return `after ${formatDuration(x)}`;
  return at === "tokens" ? `at ${formatCount(x)} tokens` : `at step ${formatCount(x)}`;
}

/** Why there is nothing to draw; empty where there is. */
export function whyEmpty(
  sides: readonly Side[],
  shown: readonly Drawn[],
  seen: readonly Drawn[],
  { at, as, base, hidden }: Place,
): string {
  const waits = sides.some(({ held, tokens }) => held === undefined || (at === "tokens" && tokens === undefined));
  const hasPoints = (drawn: readonly Drawn[]): boolean => drawn.some(({ curve }) => curve.x.length > 0);
  const isBased = as === "values" || sides.some((side) => side.id === base);
  if (!isBased) return "The base does not log this series. Choose another base, or look at the values.";
  if (hasPoints(seen)) return "";
  if (hasPoints(shown)) return hidden.size === 1 ? "Its run is left out." : "All its runs are left out.";
  if (waits && !(at === "tokens" && sides.every(({ held, tokens }) => held && !tokens))) return "Loading…";
  if (at === "tokens" && sides.every((side) => placed(side, at) === null)) return NO_TOKENS;
  return as === "values" ? "No point is logged yet." : "These runs have not been at the same place.";
}

export function describe({ title, row }: Overlay, shown: readonly Drawn[], place: Place, empty: string): string {
  if (empty !== "") return `${title}. ${empty}`;
  const { at, as, base, hidden } = place;
  const parts = shown
    .filter(({ side }) => !hidden.has(side.id) && !(as !== "values" && side.id === base))
    .map(({ side, end }) =>
      end ? `${side.name}: ${figureText(end.value, row, as)} ${atText(at, end.x)}.` : `${side.name}: no finite value.`,
    );
  return [`${title}, ${AS_WORDS[as]} at equal ${AT_WORDS[at]}.`, ...parts].join(" ");
}
