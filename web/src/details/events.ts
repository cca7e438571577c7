/** The events of a run in words; pure. */
import { actionWords, componentName, kindOf } from "../chart/nonfinite";
import { formatCount } from "../format";
import { KIND_WORDS } from "../series";
import type { RunEvent } from "../wire";

/** The types that the table shows, each with its word; lines of output and gauges have places of their own. */
export const TYPE_WORDS: Record<string, string> = {
  note: "Note",
  alert: "Alert",
  nonfinite: "Not finite",
  checkpoint: "Checkpoint",
  epoch: "Epoch",
  gap: "Gap",
  config: "Config",
  intent: "Intent",
  finish: "End",
};
export const TYPES: readonly string[] = Object.keys(TYPE_WORDS);

/** The types that the address asks for; none or nonsense is all of them. */
export function typesOf(query: URLSearchParams): string[] {
  const asked = query.getAll("kind").filter((type) => TYPES.includes(type));
  return asked.length > 0 ? asked : [...TYPES];
}

const MOST_KEYS = 6;
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const join = (...parts: string[]): string => parts.filter(Boolean).join(": ");

function declared(fields: unknown): string {
  const names = typeof fields === "object" && fields !== null ? Object.keys(fields) : [];
  if (names.length === 0) return "nothing";
  const rest = names.length - MOST_KEYS;
  return `${names.slice(0, MOST_KEYS).join(", ")}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}`;
}

function gapWords(event: RunEvent): string {
  const [from, to] = [event.from_step, event.to_step];
  const where =
    typeof from === "number" && typeof to === "number" ? `, steps ${formatCount(from)} to ${formatCount(to)}` : "";
  return `${formatCount(Number(event.records))} records were lost before they could be sent${where}`;
}

/** What happened, in one line. */
export function eventWords(event: RunEvent): string {
  switch (event.type) {
    case "note":
      return event.text ?? "";
    case "alert":
      return join(text(event.title), event.text ?? "");
    case "nonfinite": {
      const action = actionWords(event.action);
      const seen = `${componentName(event.component ?? "a value")} was ${KIND_WORDS[kindOf(event.value)]}`;
      return `${seen}${action ? ` (${action})` : ""}`;
    }
    case "checkpoint":
      return event.path ?? "";
    case "epoch":
      return `Epoch ${String(event.epoch)}`;
    case "gap":
      return gapWords(event);
    case "config":
    case "intent":
      return `Declared: ${declared(event[event.type])}`;
    case "finish":
      return join(text(event.status), text(event.error));
    default:
      return "";
  }
}

/** The level of an alert of one's own, where it says one. */
export const levelOf = (event: RunEvent): string => (event.type === "alert" ? text(event.level) : "");

/** Whether an event answers to every word that was typed. */
export function answers(event: RunEvent, words: string): boolean {
  const all =
    `${TYPE_WORDS[event.type] ?? ""} ${event.step ?? ""} ${levelOf(event)} ${eventWords(event)}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

export const numberOf = (event: RunEvent): number => Number(event.id ?? 0);
