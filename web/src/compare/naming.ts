/** Runs and their values in the words of the comparison; pure. */
import { formatLr, formatShare, formatValue } from "../format";
import type { Json } from "../wire";
import type { Manner } from "./place";
import type { ComparedRun, MetricRow } from "./wire";

/** The parts of what runs declare, in the order in which they stand. */
export const SECTIONS = [
  { name: "config", title: "Config" },
  { name: "intent", title: "Intent" },
  { name: "environment", title: "Environment" },
] as const;

/** The names of runs by id; where two have one name, each with its id. */
export function labelsOf(
  ids: readonly string[],
  runs: readonly Pick<ComparedRun, "id" | "name">[],
): Map<string, string> {
  const names = new Map(ids.map((id) => [id, runs.find((run) => run.id === id)?.name ?? id]));
  const every = [...names.values()];
  const isShared = (name: string): boolean => every.filter((one) => one === name).length > 1;
  return new Map([...names].map(([id, name]) => [id, isShared(name) && name !== id ? `${name} · ${id}` : name]));
}

const LOOKS_OTHER = /^(null|true|false|[[{"].*)$/s;

/** A value as it was declared; a text that could be taken for something else is quoted. */
export function valueText(value: Json): string {
  if (Array.isArray(value)) {
    return `[${value.map((one) => (typeof one === "string" ? JSON.stringify(one) : valueText(one))).join(", ")}]`;
  }
  if (typeof value !== "string") return JSON.stringify(value);
  const isPlain = value !== "" && value.trim() === value && Number.isNaN(Number(value)) && !LOOKS_OTHER.test(value);
  return isPlain ? value : JSON.stringify(value);
}

/** The same for equal JSON, whatever the order of names. */
export function identity(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(identity).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const parts = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${identity(value[name] ?? null)}`);
  return `{${parts.join(",")}}`;
}

/** A figure of a series: signed where it is a difference, with a sign of its own where it is a ratio. */
export function figureText(
  value: number | null | undefined,
  row: Pick<MetricRow, "role">,
  as: Manner = "values",
): string {
  if (value === null || value === undefined) return formatValue(value);
  if (as === "ratio") return `${formatValue(value)}×`;
  const told = row.role === "lr" ? formatLr(value) : row.role === "accuracy" ? accuracyText(value) : formatValue(value);
  return as === "difference" && value > 0 ? `+${told}` : told;
}

const accuracyText = (value: number): string => (Math.abs(value) <= 1 ? formatShare(value) : formatValue(value));
