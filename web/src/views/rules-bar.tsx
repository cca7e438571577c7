/** How a rule stands over the live runs: a small bar, and the same in words. */
import { DOINGS, doingParts } from "../rulebook/book";
import type { Rule, Standing } from "../rulebook/wire";

export function StandingBar({ standing }: { standing: Standing }) {
  const present = DOINGS.filter((verdict) => standing[verdict] > 0);
  return (
    <span class="stand" aria-hidden="true">
      {present.map((verdict) => (
        <i key={verdict} class={verdict} style={{ flexGrow: standing[verdict] }} />
      ))}
    </span>
  );
}

/** Why there is nothing to count; that no run is live is said once, above the table. */
function emptyWords(rule: Rule, liveRuns: number): string {
  if (liveRuns === 0) return "–";
  return rule.enabled ? "in no live run" : "off";
}

export function StandingOf({ rule, standing, liveRuns }: { rule: Rule; standing: Standing; liveRuns: number }) {
  const parts = doingParts(standing);
  return (
    <span class="standing">
      <StandingBar standing={standing} />
      {parts.length === 0 && <span class="dim">{emptyWords(rule, liveRuns)}</span>}
      <span>
        {parts.map(([verdict, words], index) => (
          <span key={verdict} class={verdict === "firing" ? "fires" : ""}>
            {index > 0 ? " · " : ""}
            {words}
          </span>
        ))}
      </span>
    </span>
  );
}
