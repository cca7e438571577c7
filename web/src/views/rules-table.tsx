/** The rules as a table, one line each; heads sort, arrows walk. */
import {
  fromWords,
  onWords,
  scopeWords,
  severityWords,
  sortingText,
  titleWords,
  turned,
  wantedOf,
  type Column,
} from "../rulebook/book";
import type { RuleRow } from "../rulebook/wire";
import { ruleHref } from "../route";
import { goWith, query } from "../state";
import { StandingOf } from "./rules-bar";

const HEADS: readonly (readonly [Column, string])[] = [
  ["rule", "Rule"],
  ["title", "Looks for"],
  ["family", "Family"],
  ["severity", "Severity"],
  ["on", "On"],
  ["from", "From"],
  ["now", "Now, over live runs"],
];

const links = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(".rules a.open")];

export function focusRule(index: number): void {
  const all = links();
  all[Math.max(0, Math.min(index, all.length - 1))]?.focus();
}

function onArrows(event: KeyboardEvent): void {
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const at = links().indexOf(document.activeElement as HTMLElement);
  if (move === undefined || at < 0) return;
  event.preventDefault();
  focusRule(at + move);
}

export function RulesTable({ rows, liveRuns }: { rows: readonly RuleRow[]; liveRuns: number }) {
  return (
    <table class="rules" onKeyDown={onArrows}>
      <caption class="unseen">The rule book</caption>
      <thead>
        <tr>
          {HEADS.map(([column, words]) => (
            <Head key={column} column={column} words={words} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} liveRuns={liveRuns} />
        ))}
      </tbody>
    </table>
  );
}

function Head({ column, words }: { column: Column; words: string }) {
  const { sorting } = wantedOf(query.value);
  const isBy = sorting?.by === column;
  return (
    <th scope="col" class={`r-${column}`} aria-sort={isBy ? (sorting.falls ? "descending" : "ascending") : undefined}>
      <button
        type="button"
        onClick={() => {
          goWith({ sort: sortingText(turned(sorting, column)) });
        }}
      >
        {words}
        <span aria-hidden="true">{isBy ? (sorting.falls ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
}

function Row({ row, liveRuns }: { row: RuleRow; liveRuns: number }) {
  const where = scopeWords(row);
  return (
    <tr class={row.enabled ? "" : "is-off"}>
      <td class="r-rule">
        <a class="open" href={ruleHref(row.id)}>
          {row.id}
        </a>
      </td>
      <td class="r-title">{titleWords(row)}</td>
      <td class="r-family">{row.family}</td>
      <td class={`r-severity ${row.severity === null ? "dim" : ""}`}>{severityWords(row)}</td>
      <td class="r-on" title={where}>
        {onWords(row)}
      </td>
      <td class={`r-from ${row.source === "catalogue" ? "dim" : ""}`} title={where}>
        {fromWords(row)}
      </td>
      <td class="r-now">
        <StandingOf rule={row} standing={row.standing} liveRuns={liveRuns} />
      </td>
    </tr>
  );
}
