/** A rule as it stands in the form: text by text under the places that the server names, and back to what is put. Pure. */
import type { Definition, Op, Reduce, Rule, Scope, Span, Told } from "./wire";

export const REDUCES: readonly Reduce[] = ["last", "mean", "median", "min", "max", "slope", "share"];
export const OPS: readonly Op[] = ["<", "<=", ">", ">=", "==", "!="];
export const SPANS = ["steps", "evals", "seconds"] as const;
const SCOPES = ["project", "tag", "run"] as const;
const TEXTS = ["metric", "over", "title"] as const;

/** `texts` holds what each field says, under its place in the told rule, such as `for.steps` or `params.window`. */
export interface Draft {
  enabled: boolean;
  absent: boolean;
  texts: Readonly<Record<string, string>>;
}

export interface Fault {
  place: string;
  detail: string;
}

export const textAt = (draft: Draft, place: string): string => draft.texts[place] ?? "";
export const withText = (draft: Draft, place: string, text: string): Draft => ({
  ...draft,
  texts: { ...draft.texts, [place]: text },
});

function spanTexts(name: "for" | "keep", span: Span | undefined): Record<string, string> {
  return Object.fromEntries(SPANS.map((unit) => [`${name}.${unit}`, String(span?.[unit] ?? "")]));
}

function ownTexts(told: Definition): Record<string, string> {
  return {
    metric: told.metric ?? "",
    over: told.over ?? "",
    title: told.title ?? "",
    reduce: told.reduce ?? "last",
    window: String(told.window ?? ""),
    op: told.op ?? ">",
    value: String(told.value ?? ""),
    ...spanTexts("for", told.for),
    ...spanTexts("keep", told.keep),
  };
}

/** What the form says of a rule that is in the book. */
export function draftOf(rule: Rule): Draft {
  const params = Object.entries(rule.params).map(([name, value]) => [`params.${name}`, String(value)]);
  const scope = SCOPES.map((name) => [`scope.${name}`, rule.scope[name] ?? ""]);
  const own = rule.definition ? ownTexts(rule.definition) : {};
  const severity = rule.severity ?? "";
  const texts = { severity, ...Object.fromEntries([...params, ...scope]), ...own } as Record<string, string>;
  return { enabled: rule.enabled, absent: rule.definition?.absent ?? false, texts };
}

/** A rule of one's own that is not in the book yet. */
export function newDraft(metric: string): Draft {
  const scope = Object.fromEntries(SCOPES.map((name) => [`scope.${name}`, ""]));
  return { enabled: true, absent: false, texts: { severity: "warning", id: "", ...scope, ...ownTexts({ metric }) } };
}

export function isSame(one: Draft, other: Draft): boolean {
  const places = new Set([...Object.keys(one.texts), ...Object.keys(other.texts)]);
  const same = [...places].every((place) => textAt(one, place) === textAt(other, place));
  return same && one.enabled === other.enabled && one.absent === other.absent;
}

/** Reads fields, and keeps what is wrong with them. */
class Reader {
  readonly faults: Fault[] = [];
  constructor(private readonly draft: Draft) {}

  text(place: string): string | undefined {
    const text = textAt(this.draft, place).trim();
    return text === "" ? undefined : text;
  }

  number(place: string): number | undefined {
    const text = this.text(place);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    this.faults.push({ place, detail: "this is no number, such as 0.02 or 1e-6" });
    return undefined;
  }

  span(name: "for" | "keep", units: readonly (keyof Span)[] = SPANS): Span | undefined {
    const parts = units
      .map((unit) => [unit, this.number(`${name}.${unit}`)])
      .filter(([, value]) => value !== undefined);
    return parts.length > 0 ? (Object.fromEntries(parts) as Span) : undefined;
  }
}

const present = <T extends object>(told: T): T =>
  Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as T;

function shared(draft: Draft, read: Reader): Told {
  const named = SCOPES.map((name) => [name, read.text(`scope.${name}`)]).filter(([, text]) => text !== undefined);
  const scope = named.length > 0 ? (Object.fromEntries(named) as Partial<Scope>) : undefined;
  const severity = read.text("severity") as Told["severity"];
  return { enabled: draft.enabled ? undefined : false, scope, severity } as Told;
}

function ownPart(draft: Draft, read: Reader): Told {
  const [metric, over, title] = TEXTS.map((place) => read.text(place));
  // What does not come has no evals to count.
  const lasting = read.span("for", draft.absent ? ["steps", "seconds"] : SPANS);
  const common = { metric, title, for: lasting, keep: read.span("keep") };
  if (draft.absent) return { ...common, absent: true } as Told;
  const reduce = (read.text("reduce") ?? "last") as Reduce;
  const window = reduce === "last" ? undefined : read.number("window");
  const compared = { over, reduce: reduce === "last" ? undefined : reduce, window };
  return { ...common, ...compared, op: read.text("op") as Op, value: read.number("value") } as Told;
}

function paramsPart(rule: Rule, read: Reader): Told {
  const params: Record<string, number> = {};
  for (const [name, usual] of Object.entries(rule.defaults)) {
    const value = read.number(`params.${name}`);
    if (value !== undefined && value !== usual) params[name] = value;
  }
  return Object.keys(params).length > 0 ? { params } : {};
}

/** What is put in the book, and what cannot be read; `rule` is null for a new rule of one's own. */
export function toldOf(rule: Rule | null, draft: Draft): { told: Told; faults: Fault[] } {
  const read = new Reader(draft);
  const isOwn = rule === null || rule.kind === "own";
  const part = isOwn ? ownPart(draft, read) : paramsPart(rule, read);
  const told = present({ ...shared(draft, read), ...part });
  if (isOwn && told.metric === undefined) read.faults.push({ place: "metric", detail: "say which series" });
  return { told, faults: read.faults };
}

/** A name for a new rule, made of what it says: `train-loss-above-10`. */
export function nameFor(draft: Draft, taken: ReadonlySet<string>): string {
  const words: Record<string, string> = {
    "<": "below",
    "<=": "below",
    ">": "above",
    ">=": "above",
    "==": "is",
    "!=": "not",
  };
  const way = draft.absent ? "absent" : `${words[textAt(draft, "op")] ?? ""} ${textAt(draft, "value")}`;
  const plain = `${textAt(draft, "metric")} ${way}`.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-");
  const name = plain.replaceAll(/^[-.]+|[-.]+$/g, "").slice(0, 60) || "own";
  for (let n = 2, tried = name; ; tried = `${name}-${n++}`) if (!taken.has(tried)) return tried;
}
