/** A run's state as a word with a shape; the shape differs with the state, not only the colour. */
import type { Aspect } from "../findings";
import type { RunState } from "../wire";

export const STATE_WORDS: Record<RunState, string> = {
  running: "Running",
  finished: "Finished",
  failed: "Failed",
  stalled: "Stalled",
  lost: "Lost",
  stopped: "Stopped",
};

export function StatePill({ state, reason }: { state: RunState; reason?: string | null }) {
  return (
    <span class={`pill ${state}`} title={reason ?? undefined}>
      <i aria-hidden="true" /> {STATE_WORDS[state]}
    </span>
  );
}

const LAMPS: readonly Aspect[] = ["critical", "warning", "healthy"];

/** The signal of the verdict: red stands at the top, green at the bottom; none is lit where nothing is known. */
export function Signal({ aspect, small = false }: { aspect: Aspect; small?: boolean }) {
  return (
    <span
      class={small ? "signal small" : "signal"}
      role="img"
      aria-label={`Verdict: ${aspect}`}
      title={`Verdict: ${aspect}`}
    >
      {LAMPS.map((lamp) => (
        <i key={lamp} class={lamp === aspect ? `on ${lamp}` : undefined} />
      ))}
    </span>
  );
}
