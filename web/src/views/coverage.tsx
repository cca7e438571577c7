/** What was checked and what was not, and what to log for it. Its head has the same height whatever it says. */
import { aspectOf, byReason, countsOf, VERDICTS, VERDICT_WORDS } from "../findings";
import { formatCount } from "../format";
import type { RunStore } from "../run";
import type { Check, CheckVerdict, Run } from "../wire";
import { Worded } from "./worded";

export function Coverage({ store, isOpen }: { store: RunStore; isOpen: boolean }) {
  const [run, checks] = [store.run.value, store.checks.value];
  if (!run) return null;
  const counts = countsOf(run, checks);
  const present = VERDICTS.filter((verdict) => counts[verdict] > 0);
  const words = present.map((verdict) => `${formatCount(counts[verdict])} ${VERDICT_WORDS[verdict]}`);
  const of = (verdict: CheckVerdict): Check[] => checks.filter((check) => check.verdict === verdict);
  return (
    <section class="coverage" aria-label="Checks">
      <p>
        <b>Checks</b> <span>{words.length > 0 ? words.join(" · ") : "none made yet"}</span>
      </p>
      <div class="cover" aria-hidden="true">
        {[...present].reverse().map((verdict) => (
          <i
            key={verdict}
            class={verdict === "firing" ? `firing ${aspectOf(run, store.alerts.value)}` : verdict}
            style={{ width: `${100 * shareUpTo(verdict, counts)}%` }}
          />
        ))}
      </div>
      <details open={isOpen}>
        <summary>
          <span>{counts.not_checked > 0 ? "Not checked, because" : "Checked"}</span>
          <span class="through">{throughWords(run)}</span>
        </summary>
        <Reasons checks={of("not_checked")} />
        <Fold title="Pending" checks={of("pending")} />
        <Fold title="Passing" checks={of("passing")} />
      </details>
    </section>
  );
}

/** The share of the checks that stand so, or so as is told before it. */
function shareUpTo(verdict: CheckVerdict, counts: Readonly<Record<CheckVerdict, number>>): number {
  const sum = (of: readonly CheckVerdict[]): number => of.reduce((so, one) => so + counts[one], 0);
  return sum(VERDICTS.slice(0, VERDICTS.indexOf(verdict) + 1)) / sum(VERDICTS);
}

function throughWords(run: Run): string {
  const through = run.health?.through_step;
  return typeof through === "number" ? `through step ${formatCount(through)}` : "";
}

function Fold({ title, checks }: { title: string; checks: readonly Check[] }) {
  if (checks.length === 0) return null;
  return (
    <details>
      <summary>
        {title} ({formatCount(checks.length)})
      </summary>
      <Reasons checks={checks} />
    </details>
  );
}

function Reasons({ checks }: { checks: readonly Check[] }) {
  if (checks.length === 0) return null;
  return (
    <dl>
      {byReason(checks).map(({ rules, reason, broken }) => (
        <div key={rules.join()}>
          <dt>{rules.join(", ")}</dt>
          <dd>
            <Worded text={reason} />
            {broken !== undefined && <span class="fault"> This rule failed: {broken}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
