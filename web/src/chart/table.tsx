/** The table behind a chart: one row a step, the newest first. */
import { formatCount } from "../format";
import type { Column } from "./spec";

const MOST_ROWS = 300;

export interface Row {
  step: number;
  cells: string[];
}

export function rowsOf(columns: readonly Column[], most = MOST_ROWS): Row[] {
  const maps = columns.map(({ step, value }) => new Map(step.map((one, index) => [one, value[index] ?? NaN])));
  const steps = [...new Set(columns.flatMap(({ step }) => step.slice(-most)))].sort((a, b) => b - a).slice(0, most);
  return steps.map((step) => ({
    step,
    cells: columns.map(({ format }, index) => {
      const value = maps[index]?.get(step);
      if (value === undefined) return "";
      return Number.isNaN(value) ? "not finite" : format(value);
    }),
  }));
}

export function TableOf({ columns, title }: { columns: readonly Column[]; title: string }) {
  return (
    <div class="tablebox" tabIndex={0} role="region" aria-label={`${title}, table`}>
      <table>
        <thead>
          <tr>
            <th scope="col">step</th>
            {columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rowsOf(columns).map(({ step, cells }) => (
            <tr key={step}>
              <th scope="row">{formatCount(step)}</th>
              {cells.map((cell, index) => (
                <td key={index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
