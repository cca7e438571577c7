/** Lines of output as they are read: colours of terminals taken out, levels as words and ranks; pure. */
import type { RunEvent } from "../wire";

// eslint-disable-next-line no-control-regex -- these are the signs that are taken out
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// eslint-disable-next-line no-control-regex -- as above; tabs and line ends stay
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** A line without the signs that only a terminal reads; of a line that was written over, what stood there last. */
export function plainLine(text: string): string {
  return text
    .replace(ESCAPES, "")
    .split("\n")
    .map((line) => line.replace(/\r+$/, "").split("\r").at(-1) ?? "")
    .join("\n")
    .replace(CONTROLS, "");
}

export type Level = "error" | "warning" | "info" | "debug";
const RANK: Record<Level, number> = { error: 0, warning: 1, info: 2, debug: 3 };
const NAMES: Record<string, Level> = {
  critical: "error",
  fatal: "error",
  error: "error",
  stderr: "error",
  warning: "warning",
  warn: "warning",
  debug: "debug",
  trace: "debug",
};

export const levelOf = (event: RunEvent): Level =>
  NAMES[typeof event.level === "string" ? event.level.toLowerCase() : ""] ?? "info";

export const LEVELS = ["all", "warning", "error"] as const;
export type LeastLevel = (typeof LEVELS)[number];

export const leastLevel = (told: string | null): LeastLevel => LEVELS.find((level) => level === told) ?? "all";

/** Whether a line is bad enough and holds every word. */
export function answersLine(event: RunEvent, least: LeastLevel, words: string): boolean {
  if (least !== "all" && RANK[levelOf(event)] > RANK[least]) return false;
  const text = (event.text ?? "").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
