/** A step on every scale that the run knows: `step 1,234 · update 308 · epoch 2.41 · 3 h 12 m · 21:04:11`. */
import { formatCount, formatDuration } from "../format";
import type { Axis } from "./axis";
import type { XAxis } from "./lens";

interface Scales {
  axis: (kind: XAxis) => Axis | null;
}

const clock = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

export function cursorWords(step: number, scales: Scales): string {
  const on = (kind: XAxis, words: (at: number) => string): string[] => {
    const axis = scales.axis(kind);
    return axis ? [words(axis.of(step))] : [];
  };
  return [
    `step ${formatCount(step)}`,
    ...on("update", (at) => `update ${formatCount(Math.floor(at + 1e-9))}`),
    ...on("epoch", (at) => `epoch ${at.toFixed(2)}`),
    ...on("relative", (at) => formatDuration(Math.max(0, at))),
    ...on("wall", (at) => clock.format(at * 1000)),
  ].join(" · ");
}
