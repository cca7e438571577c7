/** The figures of a finding in words: observed beside expected, and the causes that were weighed. Pure. */
import { formatCount, formatLr, formatShare, formatValue } from "./format";
import type { Alert, Cause, Json } from "./wire";

/** A cause that fits less is refuted. */
export const REFUTED = 0.05;
/** Refuted causes stand open up to so many causes in all. */
const OPEN_CAUSES = 3;
/** A text that is longer is set as a sentence, not as a figure. */
const WORDS_FROM = 16;

/** A figure with the digits that tell it apart from its neighbours; `name` says whether it is a rate or a share. */
export function figureWords(value: Json, name = ""): string {
  if (typeof value === "number") return numberWords(value, name);
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string")
    return ({ nan: "NaN", inf: "+Inf", "-inf": "−Inf" } as Record<string, string>)[value] ?? value;
  if (Array.isArray(value)) return value.map((one) => figureWords(one, name)).join(", ");
  return Object.entries(value)
    .map(([part, one]) => `${part} ${figureWords(one, name)}`)
    .join(", ");
}

function numberWords(value: number, name: string): string {
  if (value === 0 && /^lr\b|^lr_/.test(name)) return formatLr(value);
  if (/^shares?($|_(?!over))/.test(name)) return formatShare(value);
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? signed(formatCount(value)) : formatValue(value);
}

const signed = (text: string): string => text.replace(/^-/, "−");

export interface EvidenceRow {
  name: string;
  observed: string;
  expected: string;
  /** A group has no figures of its own; its parts come behind it. */
  kind: "figure" | "group" | "part";
}

const isGroup = (value: Json | undefined): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Observed beside expected, by name; figures first, then groups of them, sentences last. */
export function evidenceRows(alert: Alert): EvidenceRow[] {
  const { observed, expected } = alert.evidence;
  const names = [...new Set([...Object.keys(observed), ...Object.keys(expected)])];
  const [figures, groups, sentences]: EvidenceRow[][] = [[], [], []];
  for (const name of names) {
    const [seen, due] = [observed[name], expected[name]];
    const label = name.replaceAll("_", " ");
    if (isGroup(seen) || (isGroup(due) && seen === undefined)) {
      groups?.push(...groupRows(label, name, seen, due));
      continue;
    }
    const row = rowOf(label, name, seen, due, "figure");
    (isSentence(row) ? sentences : figures)?.push(row);
  }
  return [...(figures ?? []), ...(groups ?? []), ...(sentences ?? [])];
}

function groupRows(label: string, name: string, seen: Json | undefined, due: Json | undefined): EvidenceRow[] {
  const [ours, theirs] = [isGroup(seen) ? seen : {}, isGroup(due) ? due : {}];
  const parts = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  // One figure that holds for all of the parts stands beside their name.
  const head = isGroup(due) || due === undefined ? "" : figureWords(due, name);
  return [
    { name: label, observed: "", expected: head, kind: "group" },
    ...parts.map((part) => rowOf(part, name, ours[part], theirs[part], "part")),
  ];
}

function rowOf(
  label: string,
  name: string,
  seen: Json | undefined,
  due: Json | undefined,
  kind: EvidenceRow["kind"],
): EvidenceRow {
  const words = (value: Json | undefined): string => (value === undefined ? "" : figureWords(value, name));
  return { name: label, observed: words(seen), expected: words(due), kind };
}

/** Whether a cell reads as words rather than as a figure. */
export const isWords = (text: string): boolean => text.length > WORDS_FROM;

/** Whether a row is one sentence: it gets the width of both columns. */
export const isSentence = ({ observed, expected, kind }: EvidenceRow): boolean =>
  kind === "figure" && ((expected === "" && isWords(observed)) || (observed === "" && isWords(expected)));

export const isRefuted = (cause: Cause): boolean => (cause.fit ?? 0) < REFUTED;

/** Causes that stand, with the nearest refuted ones where there is room; the others are folded. */
export function weighed(causes: readonly Cause[]): { shown: Cause[]; folded: Cause[] } {
  const ranked = [...causes].sort((a, b) => (b.fit ?? 0) - (a.fit ?? 0));
  const most = Math.max(OPEN_CAUSES, ranked.filter((cause) => !isRefuted(cause)).length);
  return { shown: ranked.slice(0, most), folded: ranked.slice(most) };
}

/** `scheduler-not-stepped` as a person writes it. */
export function causeName({ id }: Cause): string {
  const words = id.replaceAll(/[-_]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The steps that a finding looked at, and its series. */
export function windowWords({ evidence: { window: span, keys } }: Alert): string {
  const [from, to] = [formatCount(span.from_step), formatCount(span.to_step)];
  const steps = from === to ? `Step ${to}` : `Steps ${from} to ${to}`;
  return keys.length === 0 ? steps : `${steps} of ${keys.slice(0, 3).join(", ")}${keys.length > 3 ? ", …" : ""}`;
}

/** From where to where it holds. */
export function spanWords({ opened_step: opened, last_step: last, resolved_step: resolved }: Alert): string {
  const to = last > opened ? ` to ${formatCount(last)}` : "";
  return `step ${formatCount(opened)}${to}${resolved === null ? "" : `, resolved at ${formatCount(resolved)}`}`;
}

/** A sentence with its code: the odd parts stood between backticks. */
export const codeParts = (text: string): string[] => text.split("`");
