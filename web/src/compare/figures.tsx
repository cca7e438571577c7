/** How far each run is and what its losses are: at its end, at its best, and at the step that all of them reached. */
import { formatCount } from "../format";
import { runHref } from "../route";
import { Signal, StatePill } from "../views/state-pill";
import type { ColumnsOf } from "./differences";
import { figureText } from "./naming";
import { rowOf } from "./store";
import { Swatch } from "./swatch";
import type { ComparedRun, Comparison, MetricRow } from "./wire";

const LOSSES = [
  { role: "train.loss", name: "train" },
  { role: "eval.loss", name: "eval" },
] as const;

interface Column {
  title: string;
  text: (run: string) => string;
}

/** The columns of a loss: last and best, and where there are several runs the last at equal step. */
export function columnsOf(row: MetricRow | undefined, name: string): Column[] {
  if (!row) return [];
  const columns: Column[] = [
    { title: `${name} last`, text: (run) => lastText(row, run) },
    { title: `${name} best`, text: (run) => figureText(row.values[run]?.min, row) },
  ];
  const { equal } = row;
  if (!equal) return columns;
  const at = formatCount(equal.step);
  const there = (run: string) => equal.values[run];
  return [
    ...columns,
    { title: `${name} at ${at}`, text: (run) => figureText(there(run)?.last, row) },
    { title: `${name} best to ${at}`, text: (run) => figureText(there(run)?.min, row) },
  ];
}

function lastText(row: MetricRow, run: string): string {
  const found = row.values[run];
  if (!found) return "–";
  const bad = found.nonfinite > 0 ? ` (${formatCount(found.nonfinite)} not finite)` : "";
  return `${found.last === null ? "not finite" : figureText(found.last, row)}${bad}`;
}

export function FiguresOf({ comparison, place, labels, strokes }: ColumnsOf & { comparison: Comparison }) {
  const columns = LOSSES.flatMap(({ role, name }) => columnsOf(rowOf(comparison, role), name));
  return (
    <section class="compare-part">
      <div class="bar">
        <h2 id="figures">Figures</h2>
      </div>
      {comparison.caveats.length > 0 && <p class="dim">What must not be credited to a run stands under Differences.</p>}
      <div class="widebox" tabIndex={0} role="region" aria-labelledby="figures">
        <table class="compare-table figures-table">
          <thead>
            <tr>
              <th scope="col">run</th>
              <th scope="col">state</th>
              <th scope="col" class="number">
                last step
              </th>
              {columns.map(({ title }) => (
                <th scope="col" key={title} class="number">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {place.runs.map((id) => (
              <tr key={id}>
                <th scope="row">
                  <Swatch stroke={strokes.get(id)} />{" "}
                  <RunName run={comparison.runs.find((one) => one.id === id)} id={id} label={labels.get(id) ?? id} />
                </th>
                <StateCells run={comparison.runs.find((one) => one.id === id)} />
                {columns.map(({ title, text }) => (
                  <td key={title} class="number">
                    {text(id)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function RunName({ run, id, label }: { run: ComparedRun | undefined; id: string; label: string }) {
  return (
    <span class="run-name">
      {run && <Signal aspect={run.health.verdict} small />} <a href={runHref(id)}>{label}</a>
    </span>
  );
}

function StateCells({ run }: { run: ComparedRun | undefined }) {
  return (
    <>
      <td>{run && <StatePill state={run.state} reason={run.state_reason} />}</td>
      <td class="number">{formatCount(run?.last_step)}</td>
    </>
  );
}
