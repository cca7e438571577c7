/** Charts that a person wants first: kept in the browser by project, and in a link by `pin=`. */
import { signal } from "@preact/signals";
import { goWith, query } from "../../state";
import type { Spec } from "../spec";

const KEY = "lineside.pins";
type Pins = Readonly<Record<string, readonly string[]>>;

/** The pins of every project; what was stored by hand or by a later version must not break the page. */
export function parsePins(text: string | null): Pins {
  try {
    const told: unknown = JSON.parse(text ?? "{}");
    if (typeof told !== "object" || told === null || Array.isArray(told)) return {};
    const lists = Object.entries(told).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
    return Object.fromEntries(lists.map(([project, ids]) => [project, ids.filter((id) => typeof id === "string")]));
  } catch {
    return {};
  }
}

function read(): Pins {
  try {
    return parsePins(window.localStorage.getItem(KEY));
  } catch {
    return {}; // storage may be forbidden; then pins last as long as the page
  }
}

const stored = signal(read());
const kept = (project: string | null): readonly string[] => stored.value[project ?? ""] ?? [];

function keep(project: string | null, ids: readonly string[]): void {
  // Read anew: another tab may have pinned something since.
  stored.value = { ...read(), [project ?? ""]: ids };
  try {
    window.localStorage.setItem(KEY, JSON.stringify(stored.value));
  } catch {
    // kept in memory alone
  }
}

/** What is pinned: by the link first, then by this person. */
export const pinsOf = (project: string | null): string[] => [
  ...new Set([...query.value.getAll("pin"), ...kept(project)]),
];

export function togglePin(project: string | null, id: string): void {
  const isPinned = pinsOf(project).includes(id);
  const others = kept(project).filter((one) => one !== id);
  keep(project, isPinned ? others : [...others, id]);
  const linked = query.peek().getAll("pin");
  if (isPinned && linked.includes(id)) goWith({ pin: linked.filter((one) => one !== id) });
}

/** The charts of these pins, in their order; a pin without a chart in this run is left for the runs that have it. */
export function pinned(specs: readonly Spec[], pins: readonly string[]): Spec[] {
  return pins.flatMap((id) => specs.find((spec) => spec.id === id) ?? []);
}
