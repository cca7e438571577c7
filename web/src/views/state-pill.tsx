/** A run's state as a word with a shape; the shape differs with the state, not only the colour. */
import type { RunState } from "../wire";

const WORDS: Record<RunState, string> = {
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
      <i aria-hidden="true" /> {WORDS[state]}
    </span>
  );
}

/** The signal of the verdict. Nothing judges a run in this version: no aspect is lit. */
export function Signal({ small = false }: { small?: boolean }) {
  return (
    <span
      class={small ? "signal small" : "signal"}
      role="img"
      aria-label="Verdict: unknown"
      title="Verdict: unknown. Nothing has judged this run."
    >
      <i />
      <i />
      <i />
    </span>
  );
}
