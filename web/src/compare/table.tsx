/** The figures behind a chart of the comparison: one row a run, as the server counts them over every point. */
import { formatCount } from "../format";
import type { Overlay } from "./charts";
import { figureText } from "./naming";

interface Props {
  overlay: Overlay;
  runs: readonly string[];
  labels: ReadonlyMap<string, string>;
}

export function FiguresTable({ overlay: { row, title }, runs, labels }: Props) {
  return (
    <div class="tablebox" tabIndex={0} role="region" aria-label={`${title}, table`}>
      <table>
        <thead>
          <tr>
            {["run", "last", "at step", "least", "greatest", "points", "not finite"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((id) => {
            const found = row.values[id];
            return (
              <tr key={id}>
                <th scope="row">{labels.get(id)}</th>
                <td>{found?.last === null ? "not finite" : figureText(found?.last, row)}</td>
                <td>{formatCount(found?.last_step)}</td>
                <td>{figureText(found?.min, row)}</td>
                <td>{figureText(found?.max, row)}</td>
                <td>{formatCount(found?.count)}</td>
                <td>{formatCount(found?.nonfinite)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
