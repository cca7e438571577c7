/** The runs as a table, one line each; arrows walk it. */
import type { Signal as Row } from "@preact/signals";
import { aspectOf } from "../findings";
import { formatAge, formatCount, formatDuration, formatValue } from "../format";
import { lastRatioOf, nameOf, stepUnit, trainLossOf } from "../roles";
import { runHref } from "../route";
import { now } from "../state";
import type { Run } from "../wire";
import { Spark } from "./spark";
import { Mark } from "./severity";
import { Signal, StatePill } from "./state-pill";

const links = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(".runs a.open")];

export function focusRow(index: number): void {
  const all = links();
  all[Math.max(0, Math.min(index, all.length - 1))]?.focus();
}

function onArrows(event: KeyboardEvent): void {
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (move === undefined) return;
  event.preventDefault();
  focusRow(links().indexOf(document.activeElement as HTMLElement) + move);
}

export function RunsTable({ rows }: { rows: readonly Row<Run>[] }) {
  return (
    <table class="runs" onKeyDown={onArrows}>
      <thead>
        <tr>
          <th scope="col">
            <span class="unseen">Verdict</span>
          </th>
          <th scope="col">Run</th>
          <th scope="col">State</th>
          <th scope="col">Progress</th>
          <th scope="col">Loss</th>
          <th scope="col" class="number">
            Train loss
          </th>
          <th scope="col" class="number" title="The last eval loss over the last train loss">
            Eval/train
          </th>
          <th scope="col" class="number">
            Speed
          </th>
          <th scope="col">Findings</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <RunRow key={row.peek().id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function RunRow({ row }: { row: Row<Run> }) {
  const run = row.value;
  const speed = run.progress?.steps_per_s;
  return (
    <tr>
      <td class="c-signal">
        <Signal small aspect={aspectOf(run)} />
      </td>
      <td class="c-name">
        <a class="open" href={runHref(run.id)}>
          {nameOf(run)}
        </a>{" "}
        <span class="dim">{run.project}</span>
      </td>
      <td class="c-state">
        <StatePill state={run.state} reason={run.state_reason} /> <Age run={run} />
      </td>
      <td class="c-progress">
        <Progress run={run} />
      </td>
      <td class="c-spark">
        <Spark values={run.spark} />
      </td>
      <td class="c-loss number">{formatValue(trainLossOf(run))}</td>
      <td class="c-ratio number">{formatValue(lastRatioOf(run), 3)}</td>
      <td class="c-speed number">
        {speed ? (
          <>
            {formatValue(speed, 3)} <small>{stepUnit(run)}/s</small>
          </>
        ) : (
          "–"
        )}
      </td>
      <td class="c-findings">
        <Findings run={run} />
      </td>
    </tr>
  );
}

/** How much is open, by severity; each bears its shape beside its colour. */
function Findings({ run }: { run: Run }) {
  const firing = run.health?.firing;
  if (!firing || firing.critical + firing.warning === 0)
    return <small>{run.health?.verdict === "healthy" ? "none" : "–"}</small>;
  return (
    <>
      {firing.critical > 0 && <Count of="critical" count={firing.critical} />}
      {firing.warning > 0 && <Count of="warning" count={firing.warning} />}
    </>
  );
}

function Count({ of, count }: { of: "critical" | "warning"; count: number }) {
  return (
    <span class={`severity ${of}`} title={`${formatCount(count)} ${of}`}>
      <Mark severity={of} /> {formatCount(count)}
      <span class="unseen"> {of}</span>
    </span>
  );
}

/** Apart from its row: each second it moves, and only it. */
function Age({ run }: { run: Run }) {
  return <small class="age">{formatAge(run.last_event_at, now.value)}</small>;
}

function Progress({ run }: { run: Run }) {
  const { step, total_steps: total, fraction, eta_s: eta } = run.progress ?? {};
  if (fraction === null || fraction === undefined)
    return <small>{step === null ? "no step yet" : `step ${formatCount(step)}`}</small>;
  return (
    <span class="meter">
      <span
        class="bar-track"
        role="progressbar"
        aria-valuenow={Math.round(fraction * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-label={`step ${formatCount(step)} of ${formatCount(total)}`}
      >
        <i style={{ width: `${fraction * 100}%` }} />
      </span>
      <small>
        {(fraction * 100).toFixed(1)}%{eta ? ` · ${formatDuration(eta)} left` : ""}
      </small>
    </span>
  );
}
