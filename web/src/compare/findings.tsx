/** Which rules found something in which run, side by side. */
import { formatCount } from "../format";
import { alertHref } from "../route";
import { Mark } from "../views/severity";
import { RunHeads, type ColumnsOf } from "./differences";
import type { Comparison, FindingRow, FoundAlert, RuleSide } from "./wire";

const STANDS: Record<string, string> = {
  passing: "passes",
  pending: "pending",
  firing: "fires",
  not_checked: "not checked",
};

export function FindingsOf({ comparison, place, labels, strokes }: ColumnsOf & { comparison: Comparison }) {
  const { findings } = comparison;
  return (
    <section class="compare-part">
      <div class="bar">
        <h2 id="side-by-side">Findings</h2>
      </div>
      {findings.length === 0 && <p>No rule found anything in any of these runs.</p>}
      {findings.length > 0 && (
        <div class="widebox" tabIndex={0} role="region" aria-labelledby="side-by-side">
          <table class="compare-table findings-table">
            <thead>
              <tr>
                <th scope="col">rule</th>
                <RunHeads place={place} labels={labels} strokes={strokes} />
              </tr>
            </thead>
            <tbody>
              {findings.map((row) => (
                <Row key={row.rule} row={row} runs={place.runs} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ row, runs }: { row: FindingRow; runs: readonly string[] }) {
  return (
    <tr>
      <th scope="row">{row.rule}</th>
      {runs.map((id) => (
        <td key={id}>
          <Side run={id} side={row.runs[id]} />
        </td>
      ))}
    </tr>
  );
}

function Side({ run, side }: { run: string; side: RuleSide | undefined }) {
  if (!side || (side.alerts.length === 0 && side.verdict === null)) return <span class="dim">not judged</span>;
  if (side.alerts.length === 0) {
    return (
      <span class="dim" title={side.reason}>
        {STANDS[side.verdict ?? ""] ?? ""}
      </span>
    );
  }
  return (
    <ul>
      {side.alerts.map((alert) => (
        <li key={alert.id}>
          <Found run={run} alert={alert} />
        </li>
      ))}
    </ul>
  );
}

function Found({ run, alert }: { run: string; alert: FoundAlert }) {
  const isOver = alert.state === "resolved";
  const steps = isOver
    ? `steps ${formatCount(alert.opened_step)} to ${formatCount(alert.resolved_step)}, resolved`
    : `since step ${formatCount(alert.opened_step)}`;
  return (
    <>
      <span class={`severity ${isOver ? "over" : alert.severity}`}>
        <Mark severity={alert.severity} /> <span class="unseen">{alert.severity} </span>
      </span>
      <a href={alertHref(run, alert.id)}>{alert.title}</a> <small>{steps}</small>
    </>
  );
}
