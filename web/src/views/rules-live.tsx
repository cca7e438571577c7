/** The live runs that a rule judges now: where it fires, where it cannot judge and why, and where all is well. */
import { DOING_WORDS, DOINGS } from "../rulebook/book";
import type { Rule, RunStanding, Standing } from "../rulebook/wire";
import { formatCount } from "../format";
import { alertHref, runHref } from "../route";
import type { CheckVerdict } from "../wire";
import { StandingOf } from "./rules-bar";
import { Mark } from "./severity";
import { Marked } from "./rules-marked";

const TITLES: Record<CheckVerdict, string> = {
  firing: "Fires",
  pending: "Pending",
  passing: "Passes",
  not_checked: "Not checked",
};

function standingOf(runs: readonly RunStanding[]): Standing {
  const standing = { firing: 0, pending: 0, passing: 0, not_checked: 0 };
  for (const { verdict } of runs) if (verdict !== null) standing[verdict] += 1;
  return standing;
}

export function LiveRuns({ runs, rule }: { runs: readonly RunStanding[]; rule: Rule }) {
  const judged = DOINGS.flatMap((verdict) => runs.filter((one) => one.verdict === verdict));
  const left = runs.length - judged.length;
  return (
    <section class="rule-live" aria-label="Live runs">
      <h2>
        Now, over live runs <StandingOf rule={rule} standing={standingOf(runs)} liveRuns={runs.length} />
      </h2>
      {judged.length > 0 && (
        <table class="rule-runs">
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Stands</th>
              <th scope="col">Because</th>
              <th scope="col" class="number">
                Through step
              </th>
            </tr>
          </thead>
          <tbody>
            {judged.map((one) => (
              <LiveRun key={one.run} one={one} />
            ))}
          </tbody>
        </table>
      )}
      {runs.length === 0 && <p class="dim">No run is live. Try the rule on runs that are recorded, above.</p>}
      {left > 0 && <p class="dim">{leftWords(left)}</p>}
    </section>
  );
}

const leftWords = (left: number): string =>
  left === 1
    ? "It does not look at 1 more live run, or that was not judged yet."
    : `It does not look at ${formatCount(left)} more live runs, or those were not judged yet.`;

function LiveRun({ one }: { one: RunStanding }) {
  const verdict = one.verdict ?? "not_checked";
  return (
    <tr>
      <td>
        <a href={runHref(one.run)}>{one.name || one.run}</a> <span class="dim">{one.project}</span>
      </td>
      <td class={verdict === "firing" ? "fires" : ""} title={DOING_WORDS[verdict]}>
        {TITLES[verdict]}
      </td>
      <td class="why">
        {one.alerts.map((alert) => (
          <p key={alert.id}>
            <span class={`severity ${alert.severity}`}>
              <Mark severity={alert.severity} />
              <span class="unseen">{alert.severity}</span>
            </span>{" "}
            <a href={alertHref(one.run, alert.id)}>{alert.title}</a>
          </p>
        ))}
        {one.alerts.length === 0 && <Marked text={one.reason ?? ""} />}
        {one.broken !== null && <span class="fault"> This rule failed: {one.broken}</span>}
      </td>
      <td class="number">{formatCount(one.through_step)}</td>
    </tr>
  );
}
