/** What is known of a run beside its series: where it ran, of which commit; pure. */
import type { Json, Run } from "../wire";

/** A run with what lists leave out. */
export interface WholeRun extends Run {
  config?: Json;
  notes?: string;
}

const COMMIT = /(^|_)(commit|sha|revision)(_?(hash|sha|id))?$/;
const HASH = /^[0-9a-f]{7,64}$/i;
const DEEPEST = 4;

/** The commit of the code that a config tells of, wherever it stands. */
export function commitOf(config: Json | undefined, depth = 0): string | null {
  if (typeof config !== "object" || config === null || Array.isArray(config) || depth > DEEPEST) return null;
  for (const [key, value] of Object.entries(config)) {
    if (typeof value === "string" && COMMIT.test(key.toLowerCase()) && HASH.test(value)) return value;
  }
  for (const value of Object.values(config)) {
    const found = commitOf(value, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

/** A host as it was told: a name, or several fields. */
export function hostWords(host: Json | undefined): string {
  if (host === null || host === undefined) return "";
  if (Array.isArray(host)) return host.map(hostWords).join(", ");
  if (typeof host !== "object") return String(host);
  return Object.entries(host)
    .map(([name, value]) => `${name} ${hostWords(value)}`)
    .join(", ");
}

/** Tags from what was typed, without doubles. */
export function addTag(tags: readonly string[], typed: string): string[] {
  const more = typed
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
  return [...new Set([...tags, ...more])];
}
