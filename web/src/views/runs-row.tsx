/** One line of the list: a run with its figures. */
import { aspectOf } from "../findings";
import { formatAge, formatCount, formatDuration, formatValue } from "../format";
import { lastRatioOf, nameOf, stepUnit, trainLossOf } from "../roles";
import { runHref } from "../route";
import type { RunLine } from "../runs/arrange";
import { ranged, toggled } from "../runs/selection";
import type { RunsStore } from "../runs/store";
import { now } from "../state";
import type { Run } from "../wire";
import { Mark } from "./severity";
import { Spark } from "./spark";
import { Signal, StatePill } from "./state-pill";

const KEPT_DELETED_S = 7 * 86_400;
let lastChosen: string | null = null;

/** With Shift all from the run selected before to this one. */
export function selectLine(store: RunsStore, line: RunLine, isRange: boolean): void {
  const before = store.selected.peek();
  const from = isRange ? lastChosen : null;
  lastChosen = line.id;
  store.choose(from === null ? toggled(before, line.id) : ranged(before, store.shown.peek().ids, from, line.id));
}

export interface LineAsked<Line> {
  store: RunsStore;
  line: Line;
  at: number;
  /** Tab leads to one line alone; the arrows walk the others. */
  tab: number;
}

export function RunRow({ store, line, at, tab }: LineAsked<RunLine>) {
  const run = line.entry.row.value;
  const isSelected = store.selected.value.has(line.id);
  return (
    <tr data-line={at} aria-rowindex={at + 2} class={isSelected ? "selected" : undefined}>
      <td
        class="c-check"
        onClick={(event) => {
          selectLine(store, line, event.shiftKey);
        }}
      >
        <input type="checkbox" checked={isSelected} tabIndex={tab} aria-label={`Select ${nameOf(run)}`} />
      </td>
      <td class="c-signal">
        <Signal small aspect={aspectOf(run)} />
      </td>
      <td class="c-name" title={nameOf(run)}>
        {store.deleted ? (
          <b>{nameOf(run)}</b>
        ) : (
          <a class="open" href={runHref(run.id)} tabIndex={tab}>
            {nameOf(run)}
          </a>
        )}{" "}
        <small>{run.tags?.join(" · ")}</small>
      </td>
      <td class="c-project dim">{run.project}</td>
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
        <Speed run={run} />
      </td>
      <td class="c-findings">
        <Findings run={run} />
      </td>
    </tr>
  );
}

function Speed({ run }: { run: Run }) {
  const speed = run.progress?.steps_per_s;
  if (!speed) return <>–</>;
  return (
    <>
      {formatValue(speed, 3)} <small>{stepUnit(run)}/s</small>
    </>
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
  if (run.deleted_at)
    return <small class="age">data go in {formatDuration(run.deleted_at + KEPT_DELETED_S - now.value)}</small>;
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
