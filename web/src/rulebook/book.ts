/** The book as a table: what of it is shown, in which order, and the words of its cells. Pure. */
import type { CheckVerdict } from "../wire";
import type { Rule, RuleRow, Standing } from "./wire";

/** What is said first of a rule: what somebody has to do with. */
export const DOINGS: readonly CheckVerdict[] = ["firing", "pending", "passing", "not_checked"];
export const DOING_WORDS: Record<CheckVerdict, string> = {
  firing: "firing",
  pending: "pending",
  passing: "passing",
  not_checked: "not checked",
};

export const STATES = ["firing", "pending", "passing", "not_checked", "changed", "own", "off"] as const;
export type BookState = (typeof STATES)[number];
export const STATE_WORDS: Record<BookState, string> = {
  ...DOING_WORDS,
  changed: "changed",
  own: "your own",
  off: "switched off",
};

export const COLUMNS = ["rule", "title", "family", "severity", "on", "from", "now"] as const;
export type Column = (typeof COLUMNS)[number];

export interface Sorting {
  by: Column;
  falls: boolean;
}

export interface Wanted {
  words: string;
  family: string;
  state: string;
  sorting: Sorting | null;
}

export function parseSorting(text: string | null): Sorting | null {
  const by = (text ?? "").replace(/^-/, "");
  return COLUMNS.some((column) => column === by) ? { by: by as Column, falls: text?.startsWith("-") ?? false } : null;
}

export const sortingText = (sorting: Sorting | null): string | null =>
  sorting === null ? null : `${sorting.falls ? "-" : ""}${sorting.by}`;

/** What a click on the head of a column makes of the order: one way, the other way, the order of the book. */
export function turned(before: Sorting | null, by: Column): Sorting | null {
  const first = by === "now"; // the most firing is what is looked for
  if (before?.by !== by) return { by, falls: first };
  return before.falls === first ? { by, falls: !first } : null;
}

export const wantedOf = (query: URLSearchParams): Wanted => ({
  words: query.get("q") ?? "",
  family: query.get("family") ?? "",
  state: query.get("state") ?? "",
  sorting: parseSorting(query.get("sort")),
});

/** In how many runs it stands how, in words: `2 firing`, `8 passing`. */
export const doingParts = (standing: Standing): [CheckVerdict, string][] =>
  DOINGS.filter((verdict) => standing[verdict] > 0).map((verdict) => [
    verdict,
    `${standing[verdict]} ${DOING_WORDS[verdict]}`,
  ]);

/** Titles are clauses; alone they begin as a sentence does. */
export const titleWords = ({ title }: Rule): string => title.charAt(0).toUpperCase() + title.slice(1);

export function fromWords(rule: Rule): string {
  if (rule.source === "file") return "rules file";
  if (rule.kind === "own") return "your own";
  return rule.source === "service" ? "changed" : "as it comes";
}

/** Where its entry holds: `project p, tag t`; empty for everywhere. */
export const scopeWords = ({ scope }: Rule): string =>
  (["project", "tag", "run"] as const)
    .flatMap((name) => (scope[name] === null ? [] : [`${name} ${scope[name]}`]))
    .join(", ");

export function onWords(rule: Rule): string {
  const where = scopeWords(rule);
  if (!rule.enabled) return where === "" ? "off" : rule.kind === "own" ? "off" : "off in part";
  return where === "" || rule.kind === "built-in" ? "on" : "on in part";
}

export const severityWords = (rule: Rule): string => rule.severity ?? "its own";

function isIn(row: RuleRow, state: string): boolean {
  if (state === "changed") return row.source !== "catalogue" && row.kind === "built-in";
  if (state === "own") return row.kind === "own";
  if (state === "off") return !row.enabled;
  return !DOINGS.some((one) => one === state) || row.standing[state as CheckVerdict] > 0;
}

function answers(row: RuleRow, words: string): boolean {
  const text = [row.id, row.title, row.family, fromWords(row), scopeWords(row)].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const RANK: Record<string, number> = { critical: 3, warning: 2, info: 1 };

function compare(by: Column, a: RuleRow, b: RuleRow): number {
  const text = (one: string, other: string): number => one.localeCompare(other);
  switch (by) {
    case "rule":
      return text(a.id, b.id);
    case "title":
      return text(a.title, b.title);
    case "family":
      return text(a.family, b.family);
    case "severity":
      return (RANK[a.severity ?? ""] ?? 0) - (RANK[b.severity ?? ""] ?? 0);
    case "on":
      return text(onWords(b), onWords(a));
    case "from":
      return text(fromWords(a), fromWords(b));
    case "now":
      return DOINGS.map((one) => a.standing[one] - b.standing[one]).find((difference) => difference !== 0) ?? 0;
  }
}

/** The rows that are wanted, in the order that is; rows that are alike keep the order of the book. */
export function arranged(rows: readonly RuleRow[], wanted: Wanted): RuleRow[] {
  const { words, family, state, sorting } = wanted;
  const shown = rows.filter(
    (row) => (family === "" || row.family === family) && isIn(row, state) && answers(row, words.trim()),
  );
  if (sorting === null) return shown;
  const way = sorting.falls ? -1 : 1;
  return shown.sort((a, b) => way * compare(sorting.by, a, b));
}
