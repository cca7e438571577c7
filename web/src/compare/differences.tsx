/** What the runs declare differently, one row a path and one column a run, and what must not be credited because of it. */
import { useRef } from "preact/hooks";
import { formatCount } from "../format";
import { goWith, query } from "../state";
import type { Json } from "../wire";
import { Equal } from "./equal";
import { identity, SECTIONS, valueText } from "./naming";
import type { Place } from "./place";
import { Swatch } from "./swatch";
import type { Stroke } from "./strokes";
import type { Caveat, Comparison, DifferenceRow, Differences } from "./wire";

export interface ColumnsOf {
  place: Place;
  labels: ReadonlyMap<string, string>;
  strokes: ReadonlyMap<string, Stroke>;
}

/** Whether a row answers to the filter: every word is in its path or in a value. */
export function answers({ path, values }: DifferenceRow, words: string): boolean {
  const text = [path, ...Object.values(values).map(valueText)].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export function DifferencesOf({ comparison, ...columns }: ColumnsOf & { comparison: Comparison }) {
  const total = SECTIONS.reduce((sum, { name }) => sum + comparison[name].differing, 0);
  return (
    <section class="compare-part">
      <div class="bar">
        <h2 id="differences">Differences</h2>
        {total > 0 && <Filter />}
      </div>
      <p class="reading">{comparison.reading}</p>
      <Caveats of={comparison.caveats} />
      {total > 0 && <Table comparison={comparison} {...columns} />}
      <Equal comparison={comparison} runs={columns.place.runs} />
    </section>
  );
}

function Filter() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <label class="filter">
      <span class="unseen">Filter the differences</span>
      <input
        ref={input}
        type="search"
        placeholder="Filter by path or value"
        value={query.value.get("q") ?? ""}
        onInput={() => {
          const words = input.current?.value ?? "";
          goWith({ q: words === "" ? null : words });
        }}
      />
    </label>
  );
}

function Caveats({ of }: { of: readonly Caveat[] }) {
  if (of.length === 0) return null;
  return (
    <ul class="caveats" aria-label="What must not be credited">
      {of.map(({ about, sentence }) => (
        <li key={about}>
          <span aria-hidden="true">▲</span> {sentence}
        </li>
      ))}
    </ul>
  );
}

function Table({ comparison, place, labels, strokes }: ColumnsOf & { comparison: Comparison }) {
  const words = query.value.get("q") ?? "";
  const parts = SECTIONS.map(({ name, title }) => ({
    name,
    title,
    rows: comparison[name].rows.filter((row) => answers(row, words)),
    of: comparison[name],
  })).filter(({ rows }) => rows.length > 0);
  if (parts.length === 0) return <p class="note">No difference answers to “{words}”.</p>;
  return (
    <div class="widebox" tabIndex={0} role="region" aria-labelledby="differences">
      <table class="compare-table">
        <caption class="unseen">What differs. A cell that begins with ≠ is not as in the base.</caption>
        <thead>
          <tr>
            <th scope="col">path</th>
            <RunHeads place={place} labels={labels} strokes={strokes} />
          </tr>
        </thead>
        {parts.map(({ name, title, rows, of }) => (
          <tbody key={name}>
            <tr class="part">
              <th scope="rowgroup" colSpan={place.runs.length + 1}>
                <span>
                  {title} <span class="dim">{countOf(rows.length, of, words)}</span>
                </span>
              </th>
            </tr>
            {rows.map((row) => (
              <Row key={row.path} row={row} place={place} />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function countOf(shown: number, { differing, rows }: Differences, words: string): string {
  if (words !== "") return `${formatCount(shown)} of ${formatCount(differing)}`;
  return differing > rows.length
    ? `the first ${formatCount(rows.length)} of ${formatCount(differing)}`
    : formatCount(differing);
}

export function RunHeads({ place, labels, strokes }: ColumnsOf) {
  return (
    <>
      {place.runs.map((id) => (
        <th scope="col" key={id}>
          <Swatch stroke={strokes.get(id)} /> {labels.get(id)}
          {id === place.base && <span class="dim"> (base)</span>}
        </th>
      ))}
    </>
  );
}

function Row({ row, place }: { row: DifferenceRow; place: Place }) {
  const base = place.base ?? "";
  const kindOf = (id: string): string => (id in row.values ? identity(row.values[id] ?? null) : "missing");
  return (
    <tr>
      <th scope="row">
        <code>{row.path}</code>
      </th>
      {place.runs.map((id) => (
        <Cell
          key={id}
          isThere={id in row.values}
          value={row.values[id] ?? null}
          isOther={kindOf(id) !== kindOf(base)}
        />
      ))}
    </tr>
  );
}

function Cell({ isThere, value, isOther }: { isThere: boolean; value: Json; isOther: boolean }) {
  return (
    <td class={isOther ? "other" : undefined}>
      {isOther && <span class="unlike">≠ </span>}
      {isThere ? <code>{valueText(value)}</code> : <i class="dim">not set</i>}
    </td>
  );
}
