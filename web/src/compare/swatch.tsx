/** The stroke of a run as a small line: colour and pattern, as the charts draw it. */
import type { Stroke } from "./strokes";

const DASHES = { solid: undefined, dash: "6 3", dot: "2 3" };

export function Swatch({ stroke }: { stroke: Stroke | undefined }) {
  return (
    <svg class="swatch" width="20" height="8" aria-hidden="true">
      <line
        x1="0"
        x2="20"
        y1="4"
        y2="4"
        stroke={`var(--${stroke?.colour ?? "dim"})`}
        stroke-width="3"
        stroke-dasharray={DASHES[stroke?.pattern ?? "solid"]}
      />
    </svg>
  );
}
